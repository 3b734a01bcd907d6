using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>
/// The product in a process of its own: store, device and pipeline put together as <c>uvlm serve</c> does, without HTTP. A line on standard
/// input asks, a line of JSON on standard output answers: <c>arm</c> starts a measurement, <c>snapshot</c> says how far it is.
/// </summary>
internal sealed class NodeProcess(IngestPipeline pipeline, DeviceClient device, Store store)
{
    public const string Name = "node";

    /// <summary>Fine enough for a run of many seconds, and no work to speak of.</summary>
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private long armedRecords;
    private long firstRecordAt;
    private long lastCommitAt;
    private long settled;

    public static async Task<int> RunAsync(BenchOptions options, string bootstrap, string data)
    {
        torch.memory.tune();
        await using var actors = new ActorSystem("bench");
        await using var store = await Store.OpenAsync(
            new StoreOptions { Embedded = new EmbeddedPostgresOptions { DataFolder = Path.Combine(data, "pg") }, Hnsw = options.Hnsw, HnswFromVectors = options.HnswFrom });
        UnifiedModel? model = null;
        var device = DeviceClient.Start(
            actors,
            "cpu",
            () => DeviceModel.Own(model = UnifiedModelLoader.Load(options.Model, "cpu", seed: 1, options.Encoding)),
            options.Device,
            () => torch.set_num_threads(options.Threads));
        var info = await device.Ready;
        var ingest = await store.OpenIngestAsync(info.Fingerprint, info.Dimension);
        await using var pipeline = new IngestPipeline(
            ingest, device, model!.Preparer, new RecordDecoder(new DocumentReadOptions()), options.Pipeline, NullLogger.Instance);
        var source = new KafkaSource(
            new KafkaSourceOptions { BootstrapServers = bootstrap, GroupId = "bench", Topics = [BrokerProcess.Topic], OnNewLog = OnNewLog.Adopt },
            NullLogger.Instance,
            new Adoption(ingest));
        using var stop = new CancellationTokenSource();
        var running = pipeline.RunAsync([source], stop.Token);
        var node = new NodeProcess(pipeline, device, store);
        var sampling = node.SampleAsync(stop.Token);
        await node.AnswerAsync();
        await stop.CancelAsync();
        await running;
        await sampling;
        return 0;
    }

    private async Task AnswerAsync()
    {
        while (await Console.In.ReadLineAsync() is { } question)
        {
            if (question == "arm")
                await ArmAsync();
            Console.WriteLine(JsonSerializer.Serialize(await SnapshotAsync(withStore: question == "final")));
        }
    }

    /// <summary>After the warm-up: an index that has come due is built first.</summary>
    private async Task ArmAsync()
    {
        await store.VectorIndex!.BuildIfDueAsync(CancellationToken.None);
        lock (gate)
        {
            armedRecords = Records();
            (firstRecordAt, lastCommitAt) = (0, 0);
        }
    }

    private long Records() => pipeline.Status().Totals.Records;

    private async Task SampleAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(SampleInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var totals = pipeline.Status().Totals;
                var now = Stopwatch.GetTimestamp();
                var ended = totals.Upserted + totals.Unchanged + totals.Stale + totals.Deleted + totals.DeadLettered;
                lock (gate)
                {
                    if (firstRecordAt == 0 && totals.Records > armedRecords)
                        firstRecordAt = now;
                    if (ended != settled)
                        lastCommitAt = now;
                    settled = ended;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private async Task<NodeSnapshot> SnapshotAsync(bool withStore)
    {
        var status = pipeline.Status();
        var lane = device.Status.Ingest;
        var stored = withStore ? await store.Status.ReadAsync(CancellationToken.None) : null;
        lock (gate)
        {
            return new NodeSnapshot
            {
                Settled = settled,
                DeadLettered = status.Totals.DeadLettered,
                Seconds = firstRecordAt == 0 || lastCommitAt < firstRecordAt ? 0 : Stopwatch.GetElapsedTime(firstRecordAt, lastCommitAt).TotalSeconds,
                ProcessorSeconds = ProcessorTime.OfThisProcess(),
                Threads = ProcessorTime.ByThread(),
                GarbagePauseSeconds = GC.GetTotalPauseDuration().TotalSeconds,
                DeviceSeconds = lane.Time.TotalSeconds,
                UsefulTokens = lane.UsefulTokens,
                PaddedTokens = lane.PaddedTokens,
                Batches = lane.Batches,
                StoredDocuments = stored?.Collections.Where(static c => c.Collection == "bench").Sum(static c => c.Documents) ?? 0,
                StoredParts = stored?.Collections.Sum(static c => c.Parts) ?? 0,
                VectorIndex = stored?.Index?.ToString() ?? "",
                Stages = status.Stages.ToDictionary(static s => s.Stage.ToString(), static s => new StageSeconds(s.Busy.TotalSeconds, s.Active.TotalSeconds)),
                Positions = status.Partitions.Where(static p => p.NextOffset is not null).ToDictionary(static p => p.Partition.Partition, static p => p.NextOffset!.Value),
            };
        }
    }

    private sealed class Adoption(IngestStore store) : ILogAdoption
    {
        public Task AdoptAsync(LogPartition partition, CancellationToken cancellationToken)
            => store.AdoptLogAsync(partition.GroupId, partition.Topic, partition.LogId, null, cancellationToken);
    }
}
