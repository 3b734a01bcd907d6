namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>A line of input that is not blank.</summary>
/// <param name="Number">From 1, blank lines counted.</param>
/// <param name="Utf8">Without the line feed and a byte order mark; empty when the line is <paramref name="TooLong"/>.</param>
internal readonly record struct InputLine(long Number, ReadOnlyMemory<byte> Utf8, bool TooLong = false);
