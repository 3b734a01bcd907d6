using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Server.Hosting;

/// <summary>A serving node's ingestion: the inbox always, Kafka where it is configured, through one pipeline.</summary>
internal sealed class IngestHost : IAsyncDisposable
{
    private static readonly TimeSpan InboxTakeOver = TimeSpan.FromSeconds(5);

    private readonly IngestPipeline pipeline;
    private readonly CancellationTokenSource stop;
    private readonly RateWindow rate;
    private readonly ITimer sampler;

    private IngestHost(IngestPipeline pipeline, IReadOnlyList<IRecordSource> sources, TimeProvider time, CancellationToken cancellationToken)
    {
        this.pipeline = pipeline;
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        rate = new RateWindow(time);
        sampler = time.CreateTimer(_ => rate.Add(pipeline.Status().Totals.Upserted), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Completion = pipeline.RunAsync(sources, stop.Token);
    }

    /// <summary>Ends when the pipeline has ended; fails when it could not go on.</summary>
    public Task Completion { get; }

    public PipelineStatus Status => pipeline.Status();

    /// <summary>Documents stored a second, over the last ten.</summary>
    public double DocumentsPerSecond => rate.PerSecond;

    public static async Task<IngestHost> StartAsync(Node node, KafkaSourceOptions? kafka, FetchOptions? fetch, string group, CancellationToken cancellationToken)
    {
        var store = await node.OpenIngestAsync(cancellationToken);
        var sources = new List<IRecordSource> { new InboxSource(new StoreInbox(node.Store.Inbox, TimeProvider.System), group, InboxTakeOver) };
        if (kafka is not null)
            sources.Add(new KafkaSource(kafka, node.Loggers.CreateLogger<KafkaSource>(), new StoreLogAdoption(store)));
        return new IngestHost(node.CreatePipeline(store, fetch), sources, TimeProvider.System, cancellationToken);
    }

    /// <summary>Reading ends, what is in flight is written, partitions are given back.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        try
        {
            await Completion;
        }
        catch (Exception error) when (error is OperationCanceledException or PipelineStoppedException)
        {
            // The command that waits for Completion has reported it.
        }

        await sampler.DisposeAsync();
        await pipeline.DisposeAsync();
        stop.Dispose();
    }
}
