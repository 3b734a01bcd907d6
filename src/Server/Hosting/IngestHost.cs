using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Server.Hosting;

/// <summary>A serving node's ingestion: the inbox and replays always, Kafka and folders where they are configured, through one pipeline.</summary>
internal sealed partial class IngestHost : IAsyncDisposable
{
    /// <summary>After this a node that lost the inbox or the replays to another tries to have them again.</summary>
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(5);

    /// <summary>After this a folder that another program took over is watched again.</summary>
    private static readonly TimeSpan FolderTakeOver = TimeSpan.FromSeconds(30);

    /// <summary>How old the figure of what waits in the inbox may get while nobody pushes.</summary>
    private static readonly TimeSpan InboxLook = TimeSpan.FromSeconds(5);

    private readonly IngestPipeline pipeline;
    private readonly WorkDiary? diary;
    private readonly CancellationTokenSource stop = new();

    // Apart from the pipeline's: a look that the database does not answer would hold up on this very thread whoever cancels it.
    private readonly CancellationTokenSource unwatch = new();
    private readonly InboxGate inbox;
    private readonly RateWindow rate;
    private readonly ITimer sampler;
    private readonly Task watching;

    private IngestHost(
        IngestPipeline pipeline, WorkDiary? diary, IReadOnlyList<IRecordSource> sources, InboxGate inbox, ILogger logger, TimeProvider time)
    {
        this.pipeline = pipeline;
        this.diary = diary;
        this.inbox = inbox;
        rate = new RateWindow(time);
        sampler = time.CreateTimer(_ => rate.Add(pipeline.Status().Totals.Upserted), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        watching = WatchInboxAsync(logger, time, unwatch.Token);
        Completion = pipeline.RunAsync(sources, stop.Token);
    }

    /// <summary>Ends when the pipeline has ended; fails when it could not go on.</summary>
    public Task Completion { get; }

    public PipelineStatus Status => pipeline.Status();

    /// <summary>Documents stored a second, over the last ten.</summary>
    public double DocumentsPerSecond => rate.PerSecond;

    /// <param name="inbox">Where pushes ask for room: what it knows of the inbox is kept up to date.</param>
    public static async Task<IngestHost> StartAsync(Node node, ServeOptions options, InboxGate inbox, CancellationToken cancellationToken)
    {
        var store = await node.OpenIngestAsync(cancellationToken);
        var configured = options.Sources;
        var logger = node.Loggers.CreateLogger<IngestHost>();
        var leases = new LeaseTaker(node.Store.Leases, node.Owner, new LeasedWorkOptions(), node.Loggers.CreateLogger<LeaseTaker>(), TimeProvider.System);
        var pageBytes = node.Plan?.PageBytes ?? StoreInbox.DefaultPageBytes;
        var sources = new List<IRecordSource>
        {
            new InboxSource(
                new StoreInbox(node.Store.Inbox, pageBytes, TimeProvider.System), configured.Group, leases, TakeOver,
                queues: () => [.. inbox.Queues, new("request bytes", node.RequestBytes.InUse, node.RequestBytes.Capacity)]),
            new ReplaySource(new StoreReplays(node.Store.Replays, pageBytes, TimeProvider.System), leases, TakeOver),
        };
        var folders = configured.Folders.Open(
            node, InterleavedDocument.DefaultCollection, options.Fetch is not null,
            (folder, failure) => LogNotImported(logger, folder, failure), (folder, file) => LogEmptyPage(logger, folder, file));
        foreach (var folder in folders)
            sources.Add(new ResumingSource(folder, FolderTakeOver, logger));
        if (configured.Kafka is { } kafka)
            sources.Add(new KafkaSource(node.Plan is null ? kafka : kafka with { PrefetchKilobytes = node.Plan.PrefetchKilobytes }, node.Loggers.CreateLogger<KafkaSource>(), new StoreLogAdoption(store)));
        var diary = await node.OpenDiaryAsync(cancellationToken);
        return new IngestHost(node.CreatePipeline(store, diary, options.Fetch), diary, sources, inbox, logger, TimeProvider.System);
    }

    /// <summary>Reading ends, what is in flight is written, partitions are given back. What went wrong is <see cref="Completion"/>'s to say.</summary>
    public async Task StopAsync()
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
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await unwatch.CancelAsync();
        await watching;
        await sampler.DisposeAsync();
        await pipeline.DisposeAsync();
        diary?.Dispose();
        unwatch.Dispose();
        stop.Dispose();
    }

    private async Task WatchInboxAsync(ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(InboxLook, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    await inbox.RefreshAsync(cancellationToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    LogUnknown(logger, error);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    [LoggerMessage(5011, LogLevel.Warning, "{Folder}: not imported: {Failure}")]
    private static partial void LogNotImported(ILogger logger, string folder, ImportFailure failure);

    [LoggerMessage(5012, LogLevel.Warning, "{Folder}: {File} has neither words nor pictures: it is no document")]
    private static partial void LogEmptyPage(ILogger logger, string folder, string file);

    [LoggerMessage(5010, LogLevel.Debug, "What waits in the inbox could not be counted")]
    private static partial void LogUnknown(ILogger logger, Exception error);
}
