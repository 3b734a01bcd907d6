using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Outbox;

namespace UnifiedVlm.Streams.Events;

/// <summary>
/// Publishes the outbox, each shard by the one node that holds its lease: read, publish in a Kafka transaction, mark. Killed between the last two, a batch is published
/// again, with the same ids. A former holder that wakes is fenced off twice: by its transactional id at the brokers, by its lease where it would mark.
/// </summary>
public sealed class EventPublisher : IAsyncDisposable
{
    private readonly OutboxStore outbox;
    private readonly EventPublisherOptions options;
    private readonly EventStream stream;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly LeasedWork[] shards;
    private long published;

    private EventPublisher(Store store, EventStream stream, string owner, EventPublisherOptions options, LeasedWorkOptions leases, ILoggerFactory loggers, TimeProvider time)
    {
        (outbox, this.stream, this.options, this.time) = (store.Outbox, stream, options, time);
        logger = loggers.CreateLogger<EventPublisher>();
        shards = [.. Enumerable.Range(0, stream.Shards).Select(shard => new LeasedWork(
            store.Leases, LeaseName(shard), owner, leases, (lease, token) => PublishAsync(lease, shard, token), loggers.CreateLogger<LeasedWork>(), time))];
    }

    /// <summary>Events that this process has published, those that it published again included.</summary>
    public long Published => Interlocked.Read(ref published);

    public static string LeaseName(int shard) => FormattableString.Invariant($"{OutboxStore.LeasePrefix}{shard}");

    /// <summary>From now on until it is disposed of, which has to be before the store.</summary>
    /// <param name="stream">The database's.</param>
    /// <param name="owner">Who takes the leases.</param>
    public static EventPublisher Start(Store store, EventStream stream, string owner, EventPublisherOptions options, LeasedWorkOptions leases, ILoggerFactory loggers, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        return new EventPublisher(store, stream, owner, options, leases, loggers, time);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(shards.Select(static shard => shard.DisposeAsync().AsTask())).ConfigureAwait(false);

    private async Task PublishAsync(Lease lease, int shard, CancellationToken cancellationToken)
    {
        // As it is by now: a database that was restored beneath us has got another id, and our lease was taken away for that.
        var current = await outbox.OpenAsync(stream.Shards, cancellationToken).ConfigureAwait(false);
        using var producer = new EventProducer(options, current, shard, logger);
        await producer.BeginAsync(cancellationToken).ConfigureAwait(false);
        EventsLog.Begun(logger, shard, options.Topic);
        while (true)
        {
            var events = await outbox.ReadAsync(current, shard, options.BatchRows, options.BatchBytes, cancellationToken).ConfigureAwait(false);
            if (events.Count == 0)
            {
                await Task.Delay(options.PollInterval, time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            await producer.PublishAsync(events, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref published, events.Count);
            await outbox.MarkAsync(lease, events, cancellationToken).ConfigureAwait(false);
        }
    }
}
