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
                Work(consumer, logs, intake, stopReading, leave);
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

    private void Work(IConsumer<byte[], byte[]> consumer, KafkaLogs logs, IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        var opener = new PartitionOpener(options, logs, adoption, logger);
        using var stopping = stopReading.UnsafeRegister(static (source, _) => ((KafkaSource)source!).Signal(), this);
        consumer.Subscribe(options.Topics);
        while (!leave.IsCancellationRequested)
        {
            if (Interlocked.Exchange(ref signals, 0) != 0)
                Serve(consumer, opener, intake, stopReading);
            if (time.GetElapsedTime(housekeepingAt) >= options.HousekeepingInterval)
                KeepHouse(consumer, logs, stopReading.IsCancellationRequested);
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
        var offset = result.Offset.Value;
        // The end of the log is news only where it lies beyond what was read last.
        if (result.IsPartitionEOF && offset <= partition.Expected)
            return;
        if (offset < partition.Expected)
        {
            OnEarlierRecord(consumer, partition, offset);
            return;
        }

        if (partition.IsGapSuspect)
        {
            var isGap = offset > partition.Expected;
            if (isGap)
            {
                KafkaLog.GapSuspected(logger, result.Topic, result.Partition.Value, partition.Expected, offset);
                Read(consumer, partition, partition.Expected);
            }

            partition.IsGapSuspect = false;
            if (isGap)
                return;
        }

        var expected = partition.Expected;
        partition.Expected = result.IsPartitionEOF ? offset : offset + 1;
        // What lies before the end and never came is no record, a transaction's marker say. The position has to pass it: it would count as lag for ever, and as lost when the log drops it.
        var posted = result.IsPartitionEOF
            ? partition.Intake!.SkipAsync(expected, offset, stopReading)
            : partition.Intake!.PostAsync(Record(result, partition.Opened!), stopReading);
        if (posted.IsCompletedSuccessfully)
            return;
        // Now, because later it may be older than what is asked for while the partition waits.
        ReportFetchedEnd(consumer, partition, partition.Intake!);
        // Full: this partition waits, the others go on, and so does polling.
        consumer.Pause([partition.Partition]);
        partition.State = PartitionState.Waiting;
        partition.Posting = Signalling(posted.AsTask());
    }

    private SourceRecord Record(ConsumeResult<byte[], byte[]> result, OpenedPartition opened)
    {
        var message = result.Message;
        var headers = message.Headers?.Count ?? 0;
        return new SourceRecord(
            opened.Log,
            result.Offset.Value,
            message.Key ?? ReadOnlyMemory<byte>.Empty,
            // Not '? null : ...': null would become an array's memory, an empty value, and a tombstone a broken document.
            message.Value is { } value ? value : default(ReadOnlyMemory<byte>?),
            headers == 0 ? NoHeaders : [.. message.Headers!.Take(SourceRecord.MaxHeaders).Select(static h => KeyValuePair.Create(h.Key, h.GetValueBytes() ?? []))],
            MessageTime.Of(message.Timestamp, time.GetUtcNow()),
            new DocumentVersion(result.Offset.Value, opened.VersionRule))
        {
            Refusal = SourceRecord.RefusalOf(headers),
        };
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
    private void KeepHouse(IConsumer<byte[], byte[]> consumer, KafkaLogs logs, bool stopping)
    {
        housekeepingAt = time.GetTimestamp();
        // Lost partitions wait for their time here.
        Signal();
        List<TopicPartitionOffset> moved = [];
        foreach (var partition in partitions.Values)
        {
            if (partition.Intake is not { NextOffset: { } next } intake || partition.State is PartitionState.Opening or PartitionState.New)
                continue;
            // Nothing is fetched while the pipeline is full. For a stop the end is of no use, and a question under way would hold the closing up.
            if (partition.State == PartitionState.Waiting)
            {
                if (!stopping)
                    AskForEnd(logs, partition, intake);
            }
            else
            {
                ReportFetchedEnd(consumer, partition, intake);
            }

            if (partition.Reported == next)
                continue;
            partition.Reported = next;
            moved.Add(new TopicPartitionOffset(partition.Partition, next));
        }

        if (moved.Count > 0 && commit.IsCompleted)
            commit = Task.Run(() => CommitAsBestWeCan(consumer, moved));
    }

    /// <summary>As it was fetched last, so it is told once: one that was asked for since is newer.</summary>
    private static void ReportFetchedEnd(IConsumer<byte[], byte[]> consumer, AssignedPartition partition, IPartitionIntake intake)
    {
        if (consumer.GetWatermarkOffsets(partition.Partition).High is not { IsSpecial: false } high || high.Value == partition.FetchedEnd)
            return;
        partition.FetchedEnd = high.Value;
        intake.ReportEnd(high.Value);
    }

    /// <summary>The answer is taken here, while the partition still waits: that of an earlier wait was given up.</summary>
    private void AskForEnd(KafkaLogs logs, AssignedPartition partition, IPartitionIntake intake)
    {
        if (partition.AskingForEnd is { IsCompleted: true } asked)
        {
            partition.AskingForEnd = null;
            if (asked is { IsCompletedSuccessfully: true, Result: { } end })
                intake.ReportEnd(end);
        }

        if (partition.AskingForEnd is not null || (partition.EndAskedAt is { } last && time.GetElapsedTime(last) < options.PausedEndInterval))
            return;
        partition.EndAskedAt = time.GetTimestamp();
        partition.AskingForEnd = Task.Run(() => EndAsync(logs, partition.Partition));
    }

    /// <summary>What fails here is asked again.</summary>
    private async Task<long?> EndAsync(KafkaLogs logs, TopicPartition partition)
    {
        try
        {
            return await EndsThrough(logs.EndAsync(partition)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            KafkaLog.EndNotTold(logger, partition.Topic, partition.Partition.Value, e.Message);
            return null;
        }
    }

    /// <summary>
    /// The one call on the consumer that is made off the owner thread: it waits for a broker's answer, and the client's handle is thread-safe.
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
