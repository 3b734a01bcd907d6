namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>A line of input can't be used and ends the run; the message names line and field. Shown as one line, exit code 1.</summary>
internal sealed class BadLineException(LineFailure failure)
    : Exception($"line {failure.Line}{(failure.Id is null ? "" : $" ({failure.Id})")}: {failure.Error.Message}", failure.Error);
