namespace UnifiedVlm.Documents.Json;

/// <summary>The mark that some editors put before UTF-8. It is no part of the content, and no JSON reader takes it.</summary>
public static class ByteOrderMark
{
    /// <returns>What stands behind the mark; all of it where there is none.</returns>
    public static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> utf8) => utf8[LengthIn(utf8)..];

    /// <inheritdoc cref="Skip(ReadOnlySpan{byte})"/>
    public static ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> utf8) => utf8[LengthIn(utf8.Span)..];

    private static int LengthIn(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? 3 : 0;
}
