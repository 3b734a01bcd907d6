namespace UnifiedVlm.Server.Cli;

/// <summary>The caller asked for something that can't be done as asked. Shown as one line, exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
