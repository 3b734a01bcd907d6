namespace UnifiedVlm.Server.Rpc;

/// <summary>Another node has sent what cannot be.</summary>
internal sealed class WireFormatException(string message) : Exception(message);
