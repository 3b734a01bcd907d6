using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Sources;

/// <summary>JSON Lines from a file or standard input: a document a line. Empty lines are skipped; a line beyond the limit becomes a dead letter.</summary>
/// <param name="name">Names the log: the same file should have the same name in every run.</param>
/// <param name="open">Opens the stream; it is closed after reading.</param>
/// <param name="maxLineBytes">Longer lines are not held in memory.</param>
public sealed class JsonLinesSource(string name, Func<Stream> open, long maxLineBytes) : LocalSource(name)
{
    /// <summary>Of a line that is too long, so much is kept for its dead letter.</summary>
    public const int KeptOfTooLong = 64 << 10;

    /// <inheritdoc />
    protected override async IAsyncEnumerable<LocalItem> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(open(), new StreamPipeReaderOptions(bufferSize: 64 << 10));
        ReadOnlyMemory<byte>? tooLong = null;
        long length = 0, searched = 0;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            // Whoever writes into a pipe takes his time.
            HasWaited();
            var buffer = result.Buffer;
            // From where the last search ended: a long line would be looked through anew with every piece of it.
            while (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                if (Item(line, tooLong, length + line.Length) is { } item)
                    yield return item;
                (tooLong, length, searched) = (null, 0, 0);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (result.IsCompleted)
            {
                if (Item(buffer, tooLong, length + buffer.Length) is { } last)
                    yield return last;
                break;
            }

            if (tooLong is not null || buffer.Length > maxLineBytes)
            {
                tooLong ??= Head(buffer);
                length += buffer.Length;
                buffer = buffer.Slice(buffer.End);
            }

            searched = buffer.Length;
            reader.AdvanceTo(buffer.Start, buffer.End);
        }

        await reader.CompleteAsync().ConfigureAwait(false);
    }

    private LocalItem? Item(ReadOnlySequence<byte> line, ReadOnlyMemory<byte>? tooLong, long length)
    {
        if (tooLong is not null || length > maxLineBytes)
        {
            return new LocalItem(tooLong ?? Head(line), null, new DocumentRejectedException(
                "$", $"is a line of {length} bytes, the limit is {maxLineBytes}", "Split the document or scale its pictures down"));
        }

        var bytes = line.ToArray();
        return bytes.AsSpan().Trim(" \t\r"u8).IsEmpty ? null : new LocalItem(bytes);
    }

    private static ReadOnlyMemory<byte> Head(ReadOnlySequence<byte> line) => line.Slice(0, Math.Min(KeptOfTooLong, line.Length)).ToArray();
}
