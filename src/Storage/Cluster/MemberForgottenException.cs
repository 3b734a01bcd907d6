namespace UnifiedVlm.Storage.Cluster;

/// <summary>This node was dead for so long that the others have removed it, and nobody has taken its name: it may join again.</summary>
public sealed class MemberForgottenException(string name) : Exception($"'{name}' has been silent for so long that it is no member any more.");
