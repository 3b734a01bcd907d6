using Confluent.Kafka;

namespace UnifiedVlm.Streams.Kafka;

public sealed partial class KafkaSource
{
    /// <summary>
    /// Runs inside the poll, so it does nothing that could wait: the partitions are noted, and paused before the next poll. The position
    /// returned is never read from; reading begins with the seek to the store's position.
    /// </summary>
    private List<TopicPartitionOffset> OnAssigned(List<TopicPartition> assigned)
    {
        KafkaLog.Assigned(logger, Names(assigned));
        foreach (var partition in assigned)
            partitions[partition] = new AssignedPartition(partition);
        Signal();
        return assigned.ConvertAll(static partition => new TopicPartitionOffset(partition, Offset.Beginning));
    }

    /// <summary>Runs inside the poll. What is in flight is dropped under the lock that lets writes begin; the next owner reads it again.</summary>
    private void OnTaken(string how, List<TopicPartitionOffset> taken)
    {
        KafkaLog.Revoked(logger, how, Names(taken.Select(static p => p.TopicPartition)));
        foreach (var position in taken)
        {
            if (partitions.Remove(position.TopicPartition, out var partition))
                Close(partition);
        }

        ListHalted();
    }

    private void CloseAll()
    {
        foreach (var partition in partitions.Values)
            Close(partition);
        partitions.Clear();
        ListHalted();
    }

    private static void Close(AssignedPartition partition)
    {
        partition.Intake?.Revoke();
        // Not here: callbacks of requests under way must not run inside the poll.
        _ = partition.Taken.CancelAsync();
        // One that is being opened at this moment is closed as soon as it is open.
        partition.Opening?.ContinueWith(
            static opening => opening.Result.Intake.Revoke(),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private static string Names(IEnumerable<TopicPartition> partitions) =>
        string.Join(", ", partitions.Select(static p => $"{p.Topic}/{p.Partition.Value}"));
}
