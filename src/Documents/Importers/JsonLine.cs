namespace UnifiedVlm.Documents.Importers;

/// <param name="Number">From 1.</param>
/// <param name="Bytes">Without the line feed; empty when <paramref name="TooLong"/>.</param>
/// <param name="TooLong">The line is longer than the limit.</param>
internal sealed record JsonLine(long Number, ReadOnlyMemory<byte> Bytes, bool TooLong);
