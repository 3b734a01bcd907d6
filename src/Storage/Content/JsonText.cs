using System.Buffers;
using System.Text.Json;

namespace UnifiedVlm.Storage.Content;

/// <summary>Writes JSON as UTF-8 through a buffer that the thread keeps, so that only the text itself is allocated.</summary>
internal static class JsonText
{
    /// <summary>Bytes; what a larger text has needed is given up again.</summary>
    private const int LargestKept = 1 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _kept;

    [ThreadStatic]
    private static Utf8JsonWriter? _keptWriter;

    /// <param name="write">Writes one value. Must not write another text itself.</param>
    public static byte[] Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = _kept ??= new ArrayBufferWriter<byte>(4096);
        var json = _keptWriter ??= new Utf8JsonWriter(buffer);
        try
        {
            write(json, state);
            json.Flush();
            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            if (buffer.Capacity > LargestKept)
                (_kept, _keptWriter) = (null, null);
            buffer.ResetWrittenCount();
            json.Reset();
        }
    }
}
