using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>Takes lines through a job in batches and writes the results in order.</summary>
/// <param name="keepGoing">A line that can't be used is answered in its place; otherwise it ends the run, after the results of the lines before it.</param>
internal sealed class LineRun<TRequest, TPrepared, TResult>(
    ILineJob<TRequest, TPrepared, TResult> job, ILineSink<TResult> sink, DocumentLimits limits, int threads, bool keepGoing)
    where TRequest : class
    where TPrepared : class, IDisposable
{
    /// <summary>Decoded pictures held at once; a single request may have more.</summary>
    private const int MaxPictures = 512;

    /// <exception cref="BadLineException">A line can't be used, and the run is not to keep going.</exception>
    public async Task<LineTotals> RunAsync(Stream input, CancellationToken cancellationToken)
    {
        long done = 0, failed = 0;
        await foreach (var lines in new LineBatches(input, limits.MaxDocumentBytes).ReadAsync(cancellationToken))
        {
            var items = Array.ConvertAll(lines.ToArray(), static line => new Item(line));
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
            Parallel.ForEach(items, parallel, Read);
            foreach (var share in Shares(items))
                Run(share, parallel);
            foreach (var item in items)
            {
                if (item.Failure is not { } failure)
                {
                    sink.Write(job.IdOf(item.Request!), item.Result!);
                    done++;
                    continue;
                }

                if (!keepGoing)
                {
                    sink.Flush();
                    throw new BadLineException(failure);
                }

                sink.Fail(failure);
                failed++;
            }

            sink.Flush();
        }

        sink.Complete();
        return new LineTotals(done, failed);
    }

    private void Read(Item item)
    {
        Guard(item, () => item.Request = item.Line.TooLong
            ? throw new DocumentRejectedException("$", $"is a line of more than {limits.MaxDocumentBytes} bytes", "Split the document or scale its pictures down.")
            : job.Read(item.Line.Utf8));
    }

    /// <summary>The readable items, in shares whose pictures fit into memory together.</summary>
    private IEnumerable<List<Item>> Shares(Item[] items)
    {
        var share = new List<Item>();
        var pictures = 0;
        foreach (var item in items)
        {
            if (item.Request is null)
                continue;
            var more = job.PicturesOf(item.Request);
            if (share.Count > 0 && pictures + more > MaxPictures)
            {
                yield return share;
                (share, pictures) = ([], 0);
            }

            share.Add(item);
            pictures += more;
        }

        if (share.Count > 0)
            yield return share;
    }

    private void Run(List<Item> share, ParallelOptions parallel)
    {
        try
        {
            Parallel.ForEach(share, parallel, item => Guard(item, () => item.Prepared = job.Prepare(item.Request!, parallel.CancellationToken)));
            var prepared = share.Where(static item => item.Prepared is not null).ToList();
            if (prepared.Count == 0)
                return;
            Compute(prepared, parallel.CancellationToken);
        }
        finally
        {
            foreach (var item in share)
                item.Prepared?.Dispose();
        }
    }

    /// <summary>Halved until the one that the model fails at, or has not the memory for, is alone: the others have their results.</summary>
    private void Compute(List<Item> prepared, CancellationToken cancellationToken)
    {
        try
        {
            var results = job.Run(prepared.ConvertAll(static item => item.Prepared!), cancellationToken);
            for (var i = 0; i < results.Count; i++)
                prepared[i].Result = results[i];
        }
        catch (ModelOutputException error) when (prepared.Count == 1)
        {
            Guard(prepared[0], () => throw new DocumentRejectedException(error.Field, error.Problem, "Another model, or --dtype float32, may be able to.", error));
        }
        catch (TorchException error) when (prepared.Count == 1 && IsOutOfMemory(error))
        {
            Guard(prepared[0], () => throw new DocumentRejectedException("$", error.Message, "A device with more memory may be able to, or --dtype bfloat16.", error));
        }
        catch (Exception error) when (error is ModelOutputException || IsOutOfMemory(error))
        {
            var half = prepared.Count / 2;
            Compute(prepared[..half], cancellationToken);
            Compute(prepared[half..], cancellationToken);
        }
    }

    /// <summary>All else that libtorch fails at, it fails at for every line.</summary>
    private static bool IsOutOfMemory(Exception error) =>
        error is TorchException && (error.Message.Contains("out of memory", StringComparison.Ordinal) || error.Message.Contains("allocate", StringComparison.Ordinal));

    private void Guard(Item item, Action action)
    {
        try
        {
            action();
        }
        catch (DocumentRejectedException error)
        {
            item.Failure = new LineFailure(item.Line.Number, item.Request is null ? IdOf(item.Line.Utf8) : job.IdOf(item.Request), error);
        }
    }

    /// <summary>The id of a line that is broken somewhere else.</summary>
    private static string? IdOf(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var line = JsonDocument.Parse(utf8);
            return line.RootElement.ValueKind == JsonValueKind.Object && line.RootElement.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed class Item(InputLine line)
    {
        public InputLine Line { get; } = line;

        public TRequest? Request { get; set; }

        public TPrepared? Prepared { get; set; }

        public TResult? Result { get; set; }

        public LineFailure? Failure { get; set; }
    }
}
