using System.Diagnostics;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>
/// The competitor: the same work on the same documents in one plain loop. A window of documents is parsed and prepared on all cores, sorted
/// by length, cut into batches by a budget of tokens and encoded; while it is encoded the next window is prepared.
/// </summary>
internal sealed class BareLoop(UnifiedModel model, BenchOptions options)
{
    /// <summary>Documents sorted together: about as many tokens as the device's queue holds.</summary>
    private const int Window = 64;

    private readonly FlopCount flops = new(model.Network.Config);

    public LoopResult Run(IReadOnlyList<byte[]> json)
    {
        var result = new LoopResult { Documents = json.Count };
        var processor = ProcessorTime.OfThisProcess();
        var threads = ProcessorTime.ByThread();
        var watch = Stopwatch.StartNew();
        var next = PrepareAsync(json, 0);
        for (var start = 0; start < json.Count; start += Window)
        {
            var window = next.Result;
            next = PrepareAsync(json, start + Window);
            Encode(window, result);
        }

        result.Seconds = watch.Elapsed.TotalSeconds;
        result.ProcessorSeconds = ProcessorTime.OfThisProcess() - processor;
        result.Threads = ProcessorTime.Since(threads, ProcessorTime.ByThread());
        result.PrepareProcessorSeconds = prepareTicks / (double)Stopwatch.Frequency;
        prepareTicks = 0;
        return result;
    }

    private long prepareTicks;

    private Task<PreparedDocument[]> PrepareAsync(IReadOnlyList<byte[]> json, int start) => Task.Run(() =>
    {
        var window = new PreparedDocument[Math.Clamp(json.Count - start, 0, Window)];
        Parallel.For(0, window.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, i =>
        {
            var begin = Stopwatch.GetTimestamp();
            var document = DocumentJson.Parse(json[start + i], DocumentReadOptions.Default);
            window[i] = model.Preparer.Prepare(document, CancellationToken.None);
            Interlocked.Add(ref prepareTicks, Stopwatch.GetTimestamp() - begin);
        });
        Array.Sort(window, static (a, b) => a.LongestWindow.CompareTo(b.LongestWindow));
        return window;
    });

    private void Encode(PreparedDocument[] window, LoopResult result)
    {
        var batch = new List<PreparedDocument>();
        var tokens = 0;
        foreach (var document in window)
        {
            if (batch.Count > 0 && tokens + document.TokenCount > options.BatchTokens)
                Flush();
            batch.Add(document);
            tokens += document.TokenCount;
        }

        if (batch.Count > 0)
            Flush();

        void Flush()
        {
            var begin = Stopwatch.GetTimestamp();
            model.Encoder.Encode(batch, CancellationToken.None);
            result.EncodeSeconds += Stopwatch.GetElapsedTime(begin).TotalSeconds;
            result.Batches++;
            result.Tokens += tokens;
            foreach (var document in batch)
            {
                result.Flop += flops.Of(document);
                document.Dispose();
            }

            batch.Clear();
            tokens = 0;
        }
    }
}
