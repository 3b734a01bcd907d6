namespace UnifiedVlm.Server.Http.Access;

/// <summary>The key is good, and not for this.</summary>
internal sealed class AccessDeniedException(string message) : Exception(message);
