using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Streams.Events;

/// <summary>
/// Publishes batches in Kafka transactions under one transactional id. Beginning ends what an earlier producer of that id has open and fences it off. For one caller at a time;
/// of no use any more once a call has failed.
/// </summary>
internal sealed class EventProducer : IDisposable
{
    /// <summary>librdkafka's calls block; between two of them the token is looked at.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);

    private readonly EventPublisherOptions options;
    private readonly EventStream stream;
    private readonly IProducer<byte[], byte[]> producer;
    private string? refused;

    public EventProducer(EventPublisherOptions options, EventStream stream, int shard, ILogger logger)
    {
        NativeKafka.EnsureMapped();
        (this.options, this.stream) = (options, stream);
        producer = new ProducerBuilder<byte[], byte[]>(options.ToProducerConfig(TransactionalId(stream, shard)))
            .SetErrorHandler((_, error) => EventsLog.ClientError(logger, error.Code.ToString(), error.Reason))
            .SetLogHandler((_, message) => EventsLog.Client(logger, message.Facility, message.Message))
            .Build();
    }

    public static string TransactionalId(EventStream stream, int shard) => FormattableString.Invariant($"uvlm-outbox-{stream.Id}-{shard}");

    /// <summary>Waits for the brokers as long as it takes.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => RepeatAsync(producer.InitTransactions, cancellationToken);

    /// <summary>All of them, or none that a reader of committed messages sees.</summary>
    /// <exception cref="KafkaException">Not taken, or another has the transactional id.</exception>
    public async Task PublishAsync(IReadOnlyList<PendingEvent> events, CancellationToken cancellationToken)
    {
        producer.BeginTransaction();
        foreach (var happened in events)
            await ProduceAsync(EventMessage.Of(happened, stream), cancellationToken).ConfigureAwait(false);
        await RepeatAsync(producer.CommitTransaction, cancellationToken).ConfigureAwait(false);
        if (refused is { } reason)
            throw new KafkaException(new Error(ErrorCode.Local_Fail, reason));
    }

    public void Dispose() => producer.Dispose();

    private async Task ProduceAsync(Message<byte[], byte[]> message, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                producer.Produce(options.Topic, message, report => refused ??= report.Error.IsError ? report.Error.Reason : null);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                await Task.Delay(Slice, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Off the pool's own queue: it blocks. A call that ran out of time is gone on with by calling again.</summary>
    private static Task RepeatAsync(Action<TimeSpan> call, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () =>
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    call(Slice);
                    return;
                }
                catch (KafkaRetriableException)
                {
                    // Not yet.
                }
            }
        },
        cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
