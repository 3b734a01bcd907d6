using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Streams.Asking;

/// <summary>
/// Answers questions from a topic, as a member of a consumer group: a bounded number at once, and while there are so many all partitions are paused. A question's offset is
/// committed when the brokers have its reply (or its reply topic is gone) and those of all before it, so a question that was under way at a kill is answered again, under the same correlation id. One
/// thread owns the consumer.
/// </summary>
public sealed class AskConsumer : IAsyncDisposable
{
    private readonly AskOptions options;
    private readonly IAskHandler handler;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;
    private volatile bool isDraining;
    private int underWay;
    private long replies;
    private long? commitFailed;

    public AskConsumer(AskOptions options, IAskHandler handler, ILogger<AskConsumer> logger, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        NativeKafka.EnsureMapped();
        (this.options, this.handler, this.logger, this.time) = (options, handler, logger, time);
        running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Questions under way.</summary>
    public int UnderWay => Volatile.Read(ref underWay);

    /// <summary>Replies that the brokers have taken.</summary>
    public long Replies => Interlocked.Read(ref replies);

    /// <summary>Nothing more is read. What is under way is answered and committed, and the partitions given back.</summary>
    /// <param name="limit">What takes longer is broken off by disposing.</param>
    public async Task StopAsync(TimeSpan limit)
    {
        isDraining = true;
        await running.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>What is under way is broken off; it will be answered by whoever reads it next.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested)
            return;
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        stop.Dispose();
    }

    private void Run()
    {
        while (!stop.IsCancellationRequested && !isDraining)
        {
            try
            {
                Own();
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                AskLog.Failed(logger, error, options.RestartDelay);
                stop.Token.WaitHandle.WaitOne(options.RestartDelay);
            }
            catch (Exception)
            {
                // Stopping breaks off what is under way.
            }
        }
    }

    private void Own()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        using var producer = new ProducerBuilder<byte[], byte[]>(options.ToProducerConfig()).SetLogHandler((_, m) => AskLog.Client(logger, m.Facility, m.Message))
            .SetErrorHandler((_, error) => AskLog.ClientError(logger, error.Code.ToString(), error.Reason)).Build();
        var partitions = new Dictionary<TopicPartition, AskPartition>();
        using var consumer = new ConsumerBuilder<byte[], byte[]>(options.ToConsumerConfig()).SetLogHandler((_, m) => AskLog.Client(logger, m.Facility, m.Message))
            .SetErrorHandler((_, error) => AskLog.ClientError(logger, error.Code.ToString(), error.Reason))
            .SetPartitionsRevokedHandler((c, revoked) => Leave(c, partitions, revoked.Select(static p => p.TopicPartition)))
            .SetPartitionsLostHandler((_, lost) => lost.ForEach(p => partitions.Remove(p.TopicPartition)))
            .Build();
        var work = new List<Task>();
        try
        {
            consumer.Subscribe(options.Topic);
            var paused = false;
            while (!stop.IsCancellationRequested && !(isDraining && work.Count == 0))
            {
                // While it drains it goes on polling for the group's sake: what a partition brings that was assigned meanwhile is for whoever has it next.
                if (Poll(consumer) is { } record && !isDraining)
                {
                    var answered = AnswerAsync(record.Message, producer, leaving.Token);
                    work.Add(answered);
                    if (!partitions.TryGetValue(record.TopicPartition, out var partition))
                        partitions[record.TopicPartition] = partition = new AskPartition();
                    partition.Add(record.Offset.Value, answered);
                }

                // A reply that can't be sent ends this, and everything is read again from what is committed.
                if (work.Find(static w => w.IsFaulted) is { } failed)
                    failed.GetAwaiter().GetResult();
                work.RemoveAll(static w => w.IsCompleted);
                Volatile.Write(ref underWay, work.Count);
                // What failed is not tried at every turn: it takes its time, in which nobody polls.
                if (commitFailed is not { } failedAt || time.GetElapsedTime(failedAt) >= options.RestartDelay)
                    Commit(consumer, partitions);
                // Also what is assigned meanwhile: a paused partition may be paused again.
                if (isDraining || work.Count >= options.Parallelism)
                {
                    consumer.Pause(consumer.Assignment);
                    paused = true;
                }
                else if (paused)
                {
                    consumer.Resume(consumer.Assignment);
                    paused = false;
                }
            }
        }
        finally
        {
            leaving.Cancel();
            Task.WaitAll([.. work.Select(static w => w.ContinueWith(static _ => { }, TaskScheduler.Default))]);
            Commit(consumer, partitions);
            consumer.Close();
        }
    }

    private ConsumeResult<byte[], byte[]>? Poll(IConsumer<byte[], byte[]> consumer)
    {
        try
        {
            return consumer.Consume(options.PollTimeout);
        }
        catch (ConsumeException error) when (!error.Error.IsFatal)
        {
            AskLog.ClientError(logger, error.Error.Code.ToString(), error.Error.Reason);
            return null;
        }
    }

    private async Task AnswerAsync(Message<byte[], byte[]> message, IProducer<byte[], byte[]> producer, CancellationToken cancellationToken)
    {
        var headers = AskHeaders.Read(message, options, time.GetUtcNow());
        // They are read, and would be held for as long as the question is under way, however many they are.
        message.Headers = null;
        var reply = await ReplyAsync(message, headers, cancellationToken).ConfigureAwait(false);
        if (await TrySendAsync(headers.ReplyTopic, message.Key, headers.CorrelationId, reply, producer, cancellationToken).ConfigureAwait(false)
            || headers.ReplyTopic == options.ReplyTopics[0])
            return;
        // Without what was found: who reads the one topic need not be who may read the other.
        var refusal = handler.Refuse(500, "The reply can't be sent", $"{AskHeaders.Reply}: '{headers.ReplyTopic}' takes no replies at present. Name another one, or none.", AskHeaders.Reply);
        await TrySendAsync(options.ReplyTopics[0], message.Key, headers.CorrelationId, refusal, producer, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>False where the topic is gone, closed to this node, or takes no such record: reading everything again would not change that.</returns>
    private async Task<bool> TrySendAsync(
        string topic, byte[] key, byte[]? correlation, AskReply reply, IProducer<byte[], byte[]> producer, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                await SendAsync(topic, ToMessage(key, correlation, reply), producer, cancellationToken).ConfigureAwait(false);
            }
            catch (ProduceException<byte[], byte[]> error) when (error.Error.Code == ErrorCode.MsgSizeTooLarge)
            {
                var smaller = handler.Refuse(500, "The reply is too large", $"It has {reply.Body.Length} bytes, more than the brokers take. Ask for fewer documents.", "k");
                await SendAsync(topic, ToMessage(key, correlation, smaller), producer, cancellationToken).ConfigureAwait(false);
            }
        }
        // The last one is a compacted topic's answer to a record without a key: the question had none.
        catch (ProduceException<byte[], byte[]> error) when (error.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic
            or ErrorCode.Local_UnknownPartition or ErrorCode.TopicAuthorizationFailed or ErrorCode.TopicException or ErrorCode.InvalidRecord)
        {
            AskLog.TopicRefuses(logger, topic, error.Error.Reason, error.Error.Code.ToString());
            return false;
        }

        Interlocked.Increment(ref replies);
        return true;
    }

    private static async Task SendAsync(string topic, Message<byte[], byte[]> message, IProducer<byte[], byte[]> producer, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await producer.ProduceAsync(topic, message, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ProduceException<byte[], byte[]> error) when (error.Error.Code == ErrorCode.Local_InvalidDifferentRecord)
            {
                // The brokers refused another reply that was in one batch with it.
            }
        }
    }

    private static Message<byte[], byte[]> ToMessage(byte[] key, byte[]? correlation, AskReply reply)
    {
        var message = new Message<byte[], byte[]>
        {
            Key = key,
            Value = reply.Body,
            Headers =
            [
                new Header("content-type", Encoding.UTF8.GetBytes(reply.ContentType)),
                new Header("status", Encoding.UTF8.GetBytes(reply.Status.ToString(CultureInfo.InvariantCulture))),
            ],
        };
        if (correlation is not null)
            message.Headers.Add(AskHeaders.Correlation, correlation);
        return message;
    }

    private async Task<AskReply> ReplyAsync(Message<byte[], byte[]> message, AskHeaders headers, CancellationToken cancellationToken)
    {
        if (headers.Wrong is { } wrong)
            return handler.Refuse(400, "The question can't be taken", wrong.Detail, wrong.Field);
        var question = new AskedQuestion(headers.Kind, headers.Tenant, message.Value ?? []);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (headers.Deadline - time.GetUtcNow() is var left && left > TimeSpan.Zero)
            {
                limit.CancelAfter(TimeSpan.FromMilliseconds(Math.Min(left.TotalMilliseconds, int.MaxValue)));
                var reply = await handler.AnswerAsync(question, limit.Token).ConfigureAwait(false);
                if (!reply.IsBusy)
                    return reply;
                await Task.Delay(options.BusyDelay, time, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Its time is up.
        }

        return handler.Refuse(504, "It took too long", $"The deadline of the question, {headers.Deadline:O}, has passed.", AskHeaders.Until);
    }

    private void Leave(IConsumer<byte[], byte[]> consumer, Dictionary<TopicPartition, AskPartition> partitions, IEnumerable<TopicPartition> revoked)
    {
        Commit(consumer, partitions);
        foreach (var partition in revoked)
            partitions.Remove(partition);
    }

    private void Commit(IConsumer<byte[], byte[]> consumer, Dictionary<TopicPartition, AskPartition> partitions)
    {
        var moved = new List<TopicPartitionOffset>();
        foreach (var (at, partition) in partitions)
        {
            if (partition.Advance() is { } next)
                moved.Add(new TopicPartitionOffset(at, next));
        }

        if (moved.Count == 0)
            return;
        try
        {
            consumer.Commit(moved);
            commitFailed = null;
            foreach (var said in moved)
                partitions[said.TopicPartition].Committed();
        }
        catch (KafkaException error)
        {
            commitFailed = time.GetTimestamp();
            // Said again next time. Were there none, whoever reads from here would answer again, which is what at least once allows.
            AskLog.ClientError(logger, error.Error.Code.ToString(), error.Error.Reason);
        }
    }
}
