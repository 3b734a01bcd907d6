using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>
/// Lines of a stream, in batches of what is at hand: a file comes in full batches, read ahead within a bound; who sends one line and waits
/// for its result gets it.
/// </summary>
internal sealed class LineBatches(Stream input, long maxLineBytes)
{
    private const int MaxLines = 256;
    private const int LinesAhead = 2 * MaxLines;
    private const long BytesAhead = 64L << 20;

    private readonly Channel<InputLine> ahead = Channel.CreateBounded<InputLine>(new BoundedChannelOptions(LinesAhead) { SingleReader = true, SingleWriter = true });
    private readonly Budget budget = new("lines", BytesAhead);

    /// <summary>Once only. Stopping early leaves a read in progress behind: standard input can't be interrupted.</summary>
    public async IAsyncEnumerable<IReadOnlyList<InputLine>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _ = Task.Run(() => FillAsync(stop.Token), CancellationToken.None);
        try
        {
            while (await ahead.Reader.WaitToReadAsync(cancellationToken))
            {
                var batch = new List<InputLine>();
                while (batch.Count < MaxLines && ahead.Reader.TryRead(out var line))
                    batch.Add(line);
                yield return batch;
                budget.Release(batch.Sum(static line => (long)line.Utf8.Length));
            }
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadLinesAsync(cancellationToken);
            ahead.Writer.Complete();
        }
        catch (Exception error)
        {
            // Thrown again where the batches are read.
            ahead.Writer.Complete(error);
        }
    }

    private async Task ReadLinesAsync(CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 << 10));
        long number = 0, searched = 0;
        var tooLong = false;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            // From where the last search ended: a long line would be looked through anew with every piece of it.
            while (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                await AddAsync(++number, buffer.Slice(0, end), tooLong, cancellationToken);
                (tooLong, searched) = (false, 0);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (result.IsCompleted)
            {
                if (tooLong || buffer.Length > 0)
                    await AddAsync(++number, buffer, tooLong, cancellationToken);
                break;
            }

            if (tooLong || buffer.Length > maxLineBytes)
            {
                // Nothing of it is needed any more.
                tooLong = true;
                buffer = buffer.Slice(buffer.End);
            }

            searched = buffer.Length;
            reader.AdvanceTo(buffer.Start, buffer.End);
        }

        await reader.CompleteAsync();
    }

    private async ValueTask AddAsync(long number, ReadOnlySequence<byte> content, bool tooLong, CancellationToken cancellationToken)
    {
        if (tooLong || content.Length > maxLineBytes)
        {
            await ahead.Writer.WriteAsync(new InputLine(number, default, TooLong: true), cancellationToken);
            return;
        }

        // On any line: files with a mark each are put together, too.
        ReadOnlyMemory<byte> bytes = ByteOrderMark.Skip(content.ToArray().AsMemory());
        if (bytes.Span.Trim(" \t\r"u8).IsEmpty)
            return;
        await budget.AcquireAsync(bytes.Length, cancellationToken);
        await ahead.Writer.WriteAsync(new InputLine(number, bytes), cancellationToken);
    }
}
