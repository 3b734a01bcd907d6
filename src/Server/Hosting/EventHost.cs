using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Server.Asking;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Streams.Asking;
using UnifiedVlm.Streams.Events;

namespace UnifiedVlm.Server.Hosting;

/// <summary>
/// A serving node's work at events: one that ingests publishes the outbox, one that answers matches new documents with subscriptions and answers questions from Kafka; the
/// first and the last where topics are given.
/// </summary>
internal sealed class EventHost : IAsyncDisposable
{
    /// <summary>How old the figures of the outbox may get.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly OutboxStore outbox;
    private readonly SubscriptionMatcher? matcher;
    private readonly EventPublisher? publisher;
    private readonly AskConsumer? asks;
    private readonly EventMeter meter;
    private readonly CancellationTokenSource stop = new();
    private readonly Task looking;
    private volatile OutboxStatus last = new(0, null, 0);

    private EventHost(Node node, SubscriptionMatcher? matcher, EventPublisher? publisher, AskConsumer? asks)
    {
        (outbox, this.matcher, this.publisher, this.asks) = (node.Store.Outbox, matcher, publisher, asks);
        meter = new EventMeter(() => last, () => publisher?.Published ?? 0, () => asks?.UnderWay ?? 0, () => asks?.Replies ?? 0);
        looking = LookAsync(stop.Token);
    }

    public static async Task<EventHost> StartAsync(Node node, IQueryService queries, EventOptions options, NodeRoles roles, CancellationToken cancellationToken)
    {
        var stream = await node.Store.Outbox.OpenAsync(options.Shards, cancellationToken);
        var publisher = roles.HasFlag(NodeRoles.Ingest) && options.Publisher is { } publishing
            ? EventPublisher.Start(node.Store, stream, node.Owner, publishing, new LeasedWorkOptions(), node.Loggers, TimeProvider.System)
            : null;
        var matching = new SubscriptionOptions();
        var matcher = !roles.HasFlag(NodeRoles.Query) ? null : SubscriptionMatcher.Start(
            node.Store, stream, node.Owner, node.Info.Fingerprint, node.Info.Dimension,
            async (query, token) => (await queries.EmbedAsync([query], token))[0].Embedding,
            node.Plan?.Apply(matching, stream.Shards) ?? matching, new QueryOptions { AlignmentThreads = node.Options.Threads }, new LeasedWorkOptions(), node.Loggers, TimeProvider.System);
        var asks = roles.HasFlag(NodeRoles.Query) && options.Asks is { } asking
            ? new AskConsumer(asking, new AskHandler(queries, node.Options.Limits, node.Loggers.CreateLogger<AskHandler>()), node.Loggers.CreateLogger<AskConsumer>(), TimeProvider.System)
            : null;
        return new EventHost(node, matcher, publisher, asks);
    }

    /// <summary>No more questions are read; those under way are answered, for up to <paramref name="limit"/>.</summary>
    public Task StopAskingAsync(TimeSpan limit) => asks?.StopAsync(limit) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await looking;
        // All at once: with brokers or a server that don't answer each of them has its limits.
        await Task.WhenAll(new IAsyncDisposable?[] { asks, matcher, publisher }.OfType<IAsyncDisposable>().Select(static work => work.DisposeAsync().AsTask()));
        meter.Dispose();
        stop.Dispose();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookInterval);
        try
        {
            do
            {
                try
                {
                    last = await outbox.ReadStatusAsync(cancellationToken);
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    // The figures stay as they were while the database is away.
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
