using Confluent.Kafka;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Kafka;

public sealed partial class KafkaSource
{
    private static readonly TimeSpan SeekAgainDelay = TimeSpan.FromSeconds(1);

    /// <summary>Looks at every partition for which something has ended, between two polls.</summary>
    private void Serve(IConsumer<byte[], byte[]> consumer, PartitionOpener opener, IRecordIntake intake, CancellationToken stopReading)
    {
        var stopping = stopReading.IsCancellationRequested;
        foreach (var partition in partitions.Values)
        {
            if (partition.State is PartitionState.Reading or PartitionState.Waiting or PartitionState.Positioning
                && partition.Intake!.Ended is { IsCompletedSuccessfully: true, Result: PartitionEnd.Fenced })
                OnFenced(consumer, partition);
            switch (partition.State)
            {
                case PartitionState.New:
                    consumer.Pause([partition.Partition]);
                    if (!stopping)
                        Open(partition, opener, intake);
                    break;
                case PartitionState.Opening when partition.Opening is { IsCompleted: true } opening:
                    OnOpened(consumer, partition, opening);
                    break;
                case PartitionState.Positioning when !stopping:
                    Read(consumer, partition, partition.Expected);
                    break;
                case PartitionState.Waiting when partition.Posting is { IsCompleted: true }:
                    if (!stopping)
                        Read(consumer, partition, partition.Expected);
                    break;
                case PartitionState.Lost when time.GetElapsedTime(partition.LostSince) >= options.ReopenDelay && !stopping:
                    Open(partition, opener, intake);
                    break;
                case PartitionState.Stopped when time.GetElapsedTime(partition.StoppedSince) >= options.AdoptionDelay && !stopping:
                    Open(partition, opener, intake);
                    break;
            }

            if (stopping && partition.State == PartitionState.Reading)
            {
                consumer.Pause([partition.Partition]);
                partition.State = PartitionState.Waiting;
            }
        }
    }

    private void Open(AssignedPartition partition, PartitionOpener opener, IRecordIntake intake)
    {
        var (present, beyond) = (partition.Intake, partition.Beyond);
        partition.State = PartitionState.Opening;
        // Told to the pool, not begun here: even its first steps are none of the owner's business.
        partition.Opening = Signalling(Task.Run(
            () => opener.ReopenAsync(partition.Partition, present, beyond, intake, partition.Taken.Token), partition.Taken.Token));
    }

    private void OnOpened(IConsumer<byte[], byte[]> consumer, AssignedPartition partition, Task<OpenedPartition> opening)
    {
        partition.Opening = null;
        if (opening.IsCompletedSuccessfully)
        {
            partition.Opened = opening.Result;
            partition.Beyond = null;
            Halt(partition, null);
            partition.Reported = null;
            Signalling(opening.Result.Intake.Ended);
            KafkaLog.Reading(logger, partition.Partition.Topic, partition.Partition.Partition.Value, opening.Result.Start);
            Read(consumer, partition, opening.Result.Start);
            return;
        }

        var failure = opening.Exception?.InnerException ?? new OperationCanceledException();
        if (failure is LogChangedException changed)
        {
            Stop(partition, changed.Partition, failure);
            return;
        }

        if (failure is PositionBeyondLogException beyond)
        {
            partition.Beyond = beyond.Position;
            Stop(partition, beyond.Partition, failure);
            return;
        }

        // Passing failures were waited out inside; the pipeline has stopped, or this is none that we know.
        KafkaLog.OpeningFailed(logger, partition.Partition.Topic, partition.Partition.Partition.Value, options.ReopenDelay, failure);
        Postpone(partition);
    }

    /// <summary>Said once for a log.</summary>
    private void Stop(AssignedPartition partition, LogPartition log, Exception failure)
    {
        partition.State = PartitionState.Stopped;
        partition.StoppedSince = time.GetTimestamp();
        if (partition.Halted == log)
            return;
        Halt(partition, log);
        KafkaLog.Stopped(logger, partition.Partition.Topic, partition.Partition.Partition.Value, failure.Message);
    }

    private void Halt(AssignedPartition partition, LogPartition? log)
    {
        partition.Halted = log;
        ListHalted();
    }

    private void ListHalted() => halted = [.. partitions.Values.Select(static p => p.Halted).OfType<LogPartition>()];

    /// <summary>Resuming comes first: a resume after the seek could go on from where the pause had been.</summary>
    private void Read(IConsumer<byte[], byte[]> consumer, AssignedPartition partition, long offset)
    {
        partition.Posting = null;
        // What the answer says may be older than what is fetched from now on.
        partition.AskingForEnd = null;
        partition.Expected = offset;
        partition.IsGapSuspect = true;
        try
        {
            consumer.Resume([partition.Partition]);
            consumer.Seek(new TopicPartitionOffset(partition.Partition, offset));
            partition.State = PartitionState.Reading;
            partition.IsFetching = true;
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_State && partition.IsFetching)
        {
            // It had begun and has stopped: the log no longer had what it asked for, and the pause of a full pipeline took the word of it away.
            KafkaLog.OutOfRange(logger, partition.Partition.Topic, partition.Partition.Partition.Value, offset);
            Restart(consumer, partition);
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_State && partition.State == PartitionState.Positioning
            && time.GetElapsedTime(partition.PositioningSince) >= options.PositioningTimeout)
        {
            // The brokers refused its first question, where the log begins, in a way it takes for final, and the pause took the word of it away: it does not ask again.
            KafkaLog.NotFetched(logger, partition.Partition.Topic, partition.Partition.Partition.Value, options.PositioningTimeout, offset);
            Restart(consumer, partition);
        }
        catch (KafkaException e) when (!e.Error.IsFatal)
        {
            if (partition.State != PartitionState.Positioning)
                partition.PositioningSince = time.GetTimestamp();
            // It has not begun to fetch the partition: looked at again after the next poll.
            KafkaLog.SeekPostponed(logger, partition.Partition.Topic, partition.Partition.Partition.Value, offset, e.Error.Reason);
            partition.State = PartitionState.Positioning;
            Signal();
        }
    }

    /// <summary>While it waits for the pipeline, the next attempt to read tells.</summary>
    private void OnOutOfRange(IConsumer<byte[], byte[]> consumer, AssignedPartition partition)
    {
        if (partition.State is not (PartitionState.Reading or PartitionState.Positioning))
            return;
        KafkaLog.OutOfRange(logger, partition.Partition.Topic, partition.Partition.Partition.Value, partition.Expected);
        Restart(consumer, partition);
    }

    /// <summary>
    /// After a seek none can come, unless an answer that librdkafka had waited for came after it: then it asks again where the log begins, and reads all of it. Seeking
    /// once more costs one fetch, so where the record has another reason it does no harm.
    /// </summary>
    private void OnEarlierRecord(IConsumer<byte[], byte[]> consumer, AssignedPartition partition, long offset)
    {
        // The seek needs its time: one for each record would keep it from coming to anything.
        if (partition.SoughtAgainAt is { } last && time.GetElapsedTime(last) < SeekAgainDelay)
            return;
        partition.SoughtAgainAt = time.GetTimestamp();
        KafkaLog.SeekUndone(logger, partition.Partition.Topic, partition.Partition.Partition.Value, partition.Expected, offset);
        Read(consumer, partition, partition.Expected);
    }

    /// <summary>librdkafka stops fetching a partition whose position its log does not have, so it is handed back to it before it is opened anew.</summary>
    private void Restart(IConsumer<byte[], byte[]> consumer, AssignedPartition partition)
    {
        consumer.IncrementalUnassign([partition.Partition]);
        consumer.IncrementalAssign([new TopicPartitionOffset(partition.Partition, Offset.Beginning)]);
        partition.State = PartitionState.New;
        partition.IsFetching = false;
        Signal();
    }

    /// <summary>The lease is lost while Kafka still assigns the partition to us: a slow former owner took it late. Kafka's word stands.</summary>
    private void OnFenced(IConsumer<byte[], byte[]> consumer, AssignedPartition partition)
    {
        KafkaLog.LostToOther(logger, partition.Partition.Topic, partition.Partition.Partition.Value, options.ReopenDelay);
        consumer.Pause([partition.Partition]);
        Postpone(partition);
    }

    private void Postpone(AssignedPartition partition)
    {
        partition.State = PartitionState.Lost;
        partition.LostSince = time.GetTimestamp();
    }
}
