using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Server.Indexing;

/// <summary>
/// Lets a serving node bring into its generation what nodes of another model have written: during a rolling replacement both kinds run, and each generation has to have
/// all documents. Costs a look a second while there is nothing to do, or no device to do it with.
/// </summary>
internal sealed partial class IndexFollower : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>After a failure: the database is away, or another generation took this one's place.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Node node;
    private readonly IndexGeneration generation;
    private readonly ILogger logger;
    private readonly DeviceWork work;
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    private IndexFollower(Node node, IndexGeneration generation)
    {
        this.node = node;
        this.generation = generation;
        logger = node.Loggers.CreateLogger<IndexFollower>();
        work = new DeviceWork(node.Devices.Pool, TimeProvider.System);
        running = Task.Run(RunAsync);
    }

    /// <summary>For the node's generation, which is there.</summary>
    public static async Task<IndexFollower> StartAsync(Node node, CancellationToken cancellationToken)
        => new(node, await node.Store.Generations.FindAsync(node.Info.Fingerprint, node.Info.Dimension, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            var wait = Look;
            try
            {
                if (await node.Store.Generations.HasPendingAsync(generation.Id, stop.Token) && !await work.RunAsync(DrainAsync, stop.Token))
                    LogNoDevice(generation.Id);
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                LogFailed(error, generation.Id, Pause);
                wait = Pause;
            }
            catch (Exception error) when (stop.IsCancellationRequested)
            {
                LogStopped(generation.Id, error.Message);
            }

            await Task.Delay(wait, stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Unless another program does.</summary>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        await using var filler = await node.Store.TryFillAsync(generation, node.Owner, cancellationToken);
        if (filler is null)
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, filler.Lost);
        var fill = node.CreateFill(filler, rate: 0);
        await fill.DrainAsync(either.Token);
        if (fill.Written > 0)
            LogFollowed(fill.Written, generation.Id);
    }

    [LoggerMessage(5030, LogLevel.Information, "Brought {Documents} documents that another model's nodes have written into index generation {Generation}")]
    private partial void LogFollowed(long documents, int generation);

    [LoggerMessage(5031, LogLevel.Warning, "Index generation {Generation} could not be brought up to date; again in {Wait}")]
    private partial void LogFailed(Exception error, int generation, TimeSpan wait);

    [LoggerMessage(5034, LogLevel.Debug, "There is no device to bring index generation {Generation} up to date; a node that has one may")]
    private partial void LogNoDevice(int generation);

    [LoggerMessage(5032, LogLevel.Debug, "No more documents for index generation {Generation}: {Reason}")]
    private partial void LogStopped(int generation, string reason);
}
