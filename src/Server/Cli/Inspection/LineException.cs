namespace UnifiedVlm.Server.Cli.Inspection;

/// <summary>One line of input can't be used; the message names the field.</summary>
internal sealed class LineException(string message) : Exception(message);
