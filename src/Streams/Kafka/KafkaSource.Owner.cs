using Confluent.Kafka;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Kafka;

public sealed partial class KafkaSource
{
    private static readonly IReadOnlyList<KeyValuePair<string, byte[]>> NoHeaders = [];

    private long housekeepingAt;
    private Task commit = Task.CompletedTask;

    /// <summary>The owner thread's whole life.</summary>
    /// <param name="closing">Ends when it reads no more, with what it failed of.</param>
    private void Own(IRecordIntake intake, TaskCompletionSource closing, CancellationToken stopReading, CancellationToken leave)
    {
        using var consumer = Through(Build());
        try
        {
            using var logs = new KafkaLogs(new DependentAdminClientBuilder(consumer.Handle).Build(), options);
            try
            {
                Work(consumer, new PartitionOpener(options, logs, adoption, logger), intake, stopReading, leave);
            }
            catch (Exception e)
            {
                closing.TrySetException(e);
                throw;
            }
            finally
            {
                closing.TrySetResult();
                CloseAll();
                Doing = "waits for the brokers to answer what it has asked last";
                // The last commit is under way on the consumer's handle.
                Task.WaitAny([commit], options.RequestTimeout);
            }
        }
        finally
        {
            Doing = "leaves the group";
            consumer.Close();
            Doing = null;
        }
    }

    private void Work(IConsumer<byte[], byte[]> consumer, PartitionOpener opener, IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        using var stopping = stopReading.UnsafeRegister(static (source, _) => ((KafkaSource)source!).Signal(), this);
        consumer.Subscribe(options.Topics);
        while (!leave.IsCancellationRequested)
        {
            if (Interlocked.Exchange(ref signals, 0) != 0)
                Serve(consumer, opener, intake, stopReading);
            if (time.GetElapsedTime(housekeepingAt) >= options.HousekeepingInterval)
                KeepHouse(consumer);
            Poll(consumer, stopReading);
        }
    }

    private IConsumer<byte[], byte[]> Build()
    {
        var config = options.ToConsumerConfig();
        return new ConsumerBuilder<byte[], byte[]>(config)
            .SetPartitionsAssignedHandler((_, assigned) => OnAssigned(assigned))
            .SetPartitionsRevokedHandler((_, revoked) => OnTaken("revoked", revoked))
            .SetPartitionsLostHandler((_, lost) => OnTaken("lost", lost))
            .SetStatisticsHandler((_, statistics) => prefetch.Read(statistics))
            .SetErrorHandler((_, error) => KafkaLog.ClientError(logger, error.Code.ToString(), error.Reason))
            .SetLogHandler((_, message) => KafkaLog.Client(logger, message.Facility, message.Message))
            .Build();
    }

    private void Poll(IConsumer<byte[], byte[]> consumer, CancellationToken stopReading)
    {
        try
        {
            if (consumer.Consume(options.PollTimeout) is { } result)
                OnRecord(consumer, result, stopReading);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            OnConsumeError(consumer, e);
        }
    }

    private void OnRecord(IConsumer<byte[], byte[]> consumer, ConsumeResult<byte[], byte[]> result, CancellationToken stopReading)
    {
        // Read ahead before the pause took hold: it will come again when it is its turn.
        if (!partitions.TryGetValue(result.TopicPartition, out var partition) || partition.State != PartitionState.Reading)
            return;
        if (result.Offset.Value < partition.Expected)
        {
            OnEarlierRecord(consumer, partition, result.Offset.Value);
            return;
        }

        if (partition.IsGapSuspect)
        {
            var isGap = result.Offset.Value > partition.Expected;
            if (isGap)
            {
                KafkaLog.GapSuspected(logger, result.Topic, result.Partition.Value, partition.Expected, result.Offset.Value);
                Read(consumer, partition, partition.Expected);
            }

            partition.IsGapSuspect = false;
            if (isGap)
                return;
        }

        partition.Expected = result.Offset.Value + 1;
        var posted = partition.Intake!.PostAsync(Record(result, partition.Opened!), stopReading);
        if (posted.IsCompletedSuccessfully)
            return;
        // Full: this partition waits, the others go on, and so does polling.
        consumer.Pause([partition.Partition]);
        partition.State = PartitionState.Waiting;
        partition.Posting = Signalling(posted.AsTask());
    }

    private SourceRecord Record(ConsumeResult<byte[], byte[]> result, OpenedPartition opened)
    {
        var message = result.Message;
        return new SourceRecord(
            opened.Log,
            result.Offset.Value,
            message.Key ?? ReadOnlyMemory<byte>.Empty,
            // Not '? null : ...': null would become an array's memory, an empty value, and a tombstone a broken document.
            message.Value is { } value ? value : default(ReadOnlyMemory<byte>?),
            message.Headers is { Count: > 0 } headers
                ? [.. headers.Select(static h => KeyValuePair.Create(h.Key, h.GetValueBytes() ?? []))]
                : NoHeaders,
            MessageTime.Of(message.Timestamp, time.GetUtcNow()),
            new DocumentVersion(result.Offset.Value, opened.VersionRule));
    }

    private void OnConsumeError(IConsumer<byte[], byte[]> consumer, ConsumeException failure)
    {
        var code = failure.Error.Code;
        if (code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange
            && failure.ConsumerRecord?.TopicPartition is { } at
            && partitions.TryGetValue(at, out var partition))
        {
            OnOutOfRange(consumer, partition);
            return;
        }

        KafkaLog.ClientError(logger, code.ToString(), failure.Error.Reason);
    }

    /// <summary>Ends of partitions for the lag gauge; committed positions for tools that look at Kafka.</summary>
    private void KeepHouse(IConsumer<byte[], byte[]> consumer)
    {
        housekeepingAt = time.GetTimestamp();
        // Lost partitions wait for their time here.
        Signal();
        List<TopicPartitionOffset> moved = [];
        foreach (var partition in partitions.Values)
        {
            if (partition.Intake is not { NextOffset: { } next } intake || partition.State is PartitionState.Opening or PartitionState.New)
                continue;
            if (consumer.GetWatermarkOffsets(partition.Partition).High is { IsSpecial: false } high)
                intake.ReportEnd(high.Value);
            if (partition.Reported == next)
                continue;
            partition.Reported = next;
            moved.Add(new TopicPartitionOffset(partition.Partition, next));
        }

        if (moved.Count > 0 && commit.IsCompleted)
            commit = Task.Run(() => CommitAsBestWeCan(consumer, moved));
    }

    /// <summary>
    /// The one call that is made off the owner thread: it waits for a broker's answer, and the client's handle is thread-safe.
    /// What fails here is said again with the next position.
    /// </summary>
    private void CommitAsBestWeCan(IConsumer<byte[], byte[]> consumer, List<TopicPartitionOffset> positions)
    {
        try
        {
            consumer.Commit(positions);
        }
        catch (KafkaException e)
        {
            KafkaLog.CommitFailed(logger, e.Error.Reason);
        }
    }

    private void Signal() => Interlocked.Increment(ref signals);

    /// <summary>The owner looks at the partition again when the task has ended, however it did.</summary>
    private T Signalling<T>(T task)
        where T : Task
    {
        task.ContinueWith(_ => Signal(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }
}
