namespace UnifiedVlm.Server.Demo;

internal sealed class ChildFailedException(string message) : Exception(message);
