namespace UnifiedVlm.Streams.Kafka;

/// <summary>Where an assigned partition stands. In every state but <see cref="Reading"/> it is paused.</summary>
internal enum PartitionState
{
    /// <summary>Assigned a moment ago: nothing was begun.</summary>
    New = 0,

    /// <summary>The store is asked for the lease, Kafka for the ends of the log.</summary>
    Opening = 1,

    /// <summary>Open; librdkafka has not taken the position yet.</summary>
    Positioning = 2,

    Reading = 3,

    /// <summary>The pipeline is full.</summary>
    Waiting = 4,

    /// <summary>Another owner wrote to it; taken again after a while if Kafka still assigns it to us.</summary>
    Lost = 5,

    /// <summary>Only the operator can help. It is opened again after a while: the log may have been adopted.</summary>
    Stopped = 6,
}
