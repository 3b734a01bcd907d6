using UnifiedVlm.Server.Cli;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Server.Hosting;

/// <summary>A serving node's ingestion: the inbox and replays always, Kafka where it is configured, through one pipeline.</summary>
internal sealed class IngestHost : IAsyncDisposable
{
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(5);

    private readonly IngestPipeline pipeline;
    private readonly WorkDiary? diary;
    private readonly CancellationTokenSource stop;
    private readonly RateWindow rate;
    private readonly ITimer sampler;

    private IngestHost(IngestPipeline pipeline, WorkDiary? diary, IReadOnlyList<IRecordSource> sources, TimeProvider time, CancellationToken cancellationToken)
    {
        this.pipeline = pipeline;
        this.diary = diary;
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

    public static async Task<IngestHost> StartAsync(Node node, ServeOptions options, CancellationToken cancellationToken)
    {
        var store = await node.OpenIngestAsync(cancellationToken);
        var sources = new List<IRecordSource>
        {
            new InboxSource(new StoreInbox(node.Store.Inbox, TimeProvider.System), options.Group, TakeOver),
            new ReplaySource(new StoreReplays(node.Store.Replays, TimeProvider.System), TakeOver),
        };
        if (options.Kafka is { } kafka)
            sources.Add(new KafkaSource(kafka, node.Loggers.CreateLogger<KafkaSource>(), new StoreLogAdoption(store)));
        var diary = await node.OpenDiaryAsync(cancellationToken);
        return new IngestHost(node.CreatePipeline(store, diary, options.Fetch), diary, sources, TimeProvider.System, cancellationToken);
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
        diary?.Dispose();
        stop.Dispose();
    }
}
