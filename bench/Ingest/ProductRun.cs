using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Producing;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>The product on the corpus: broker, node and PostgreSQL as processes of their own, new ones for every run.</summary>
internal sealed class ProductRun(BenchOptions options, Corpus corpus)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public async Task<ProductResult> RunAsync()
    {
        var data = Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}");
        try
        {
            await using var broker = Child.Start(BrokerProcess.Name, "--partitions", options.Partitions.ToString(CultureInfo.InvariantCulture));
            var bootstrap = await broker.ReadLineAsync();
            await using var node = Child.Start([NodeProcess.Name, "--bootstrap", bootstrap, "--data", data, .. options.ToArguments()]);
            return await MeasureAsync(broker, node, bootstrap, data);
        }
        finally
        {
            if (Directory.Exists(data))
                Directory.Delete(data, recursive: true);
        }
    }

    private async Task<ProductResult> MeasureAsync(Child broker, Child node, string bootstrap, string data)
    {
        var joining = Stopwatch.StartNew();
        await UntilAsync(node, s => s.Positions.Count == options.Partitions);
        var joined = joining.Elapsed.TotalSeconds;

        using var producer = new CorpusProducer(
            new CorpusProducerOptions { BootstrapServers = bootstrap, Topic = BrokerProcess.Topic },
            async _ => (await node.AskAsync<NodeSnapshot>("snapshot")).Positions,
            NullLogger.Instance);
        await IngestAsync(producer, node, corpus.WarmUp, corpus.WarmUp.Count);

        var postmaster = int.Parse(File.ReadLines(Path.Combine(data, "pg", "cluster", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        var before = await node.AskAsync<NodeSnapshot>("arm");
        var (database, queue, feeder) = (ProcessorTime.OfFamily(postmaster), ProcessorTime.Of(broker.Id), ProcessorTime.OfThisProcess());
        var after = await IngestAsync(producer, node, corpus.Documents, corpus.WarmUp.Count + corpus.Documents.Count);
        var final = await node.AskAsync<NodeSnapshot>("final");
        if (producer.Report.Refused.Count > 0 || after.DeadLettered > 0)
            throw new InvalidOperationException($"{producer.Report.Refused.Count} documents were not sent, {after.DeadLettered} dead-lettered: the comparison would not be of the same documents.");
        return new ProductResult
        {
            Documents = corpus.Documents.Count,
            StoredParts = final.StoredParts,
            VectorIndex = final.VectorIndex,
            Stored = final.StoredDocuments - corpus.WarmUp.Count,
            Seconds = after.Seconds,
            JoinSeconds = joined,
            Tokens = after.UsefulTokens - before.UsefulTokens,
            PaddedTokens = after.PaddedTokens - before.PaddedTokens,
            Batches = after.Batches - before.Batches,
            DeviceSeconds = after.DeviceSeconds - before.DeviceSeconds,
            GarbagePauseSeconds = after.GarbagePauseSeconds - before.GarbagePauseSeconds,
            NodeProcessorSeconds = after.ProcessorSeconds - before.ProcessorSeconds,
            Threads = ProcessorTime.Since(before.Threads, after.Threads),
            DatabaseProcessorSeconds = ProcessorTime.OfFamily(postmaster) - database,
            BrokerProcessorSeconds = ProcessorTime.Of(broker.Id) - queue,
            FeederProcessorSeconds = ProcessorTime.OfThisProcess() - feeder,
            Stages = after.Stages.ToDictionary(
                static s => s.Key, s => new StageSeconds(s.Value.Busy - before.Stages[s.Key].Busy, s.Value.Active - before.Stages[s.Key].Active)),
        };
    }

    private static async Task<NodeSnapshot> IngestAsync(CorpusProducer producer, Child node, IReadOnlyList<InterleavedDocument> documents, long settled)
    {
        await producer.SendAsync(documents, CancellationToken.None);
        return await UntilAsync(node, s => s.Settled >= settled);
    }

    private static async Task<NodeSnapshot> UntilAsync(Child node, Func<NodeSnapshot, bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            var snapshot = await node.AskAsync<NodeSnapshot>("snapshot");
            if (condition(snapshot))
                return snapshot;
            await Task.Delay(Poll);
        }

        throw new TimeoutException($"The node did not get there within {Patience}.");
    }
}
