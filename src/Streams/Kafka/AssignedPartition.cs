using Confluent.Kafka;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>One partition that Kafka has assigned to this consumer. Only the owner thread touches it; tasks only end.</summary>
internal sealed class AssignedPartition(TopicPartition partition)
{
    public TopicPartition Partition { get; } = partition;

    /// <summary>Cancelled when the partition is taken away.</summary>
    public CancellationTokenSource Taken { get; } = new();

    public PartitionState State { get; set; }

    /// <summary>Set while <see cref="PartitionState.Opening"/>.</summary>
    public Task<OpenedPartition>? Opening { get; set; }

    /// <summary>Set while <see cref="PartitionState.Waiting"/> for the pipeline to have room.</summary>
    public Task? Posting { get; set; }

    public OpenedPartition? Opened { get; set; }

    public IPartitionIntake? Intake => Opened?.Intake;

    /// <summary>The offset the next record should have; a higher one means a gap in the log.</summary>
    public long Expected { get; set; }

    /// <summary>Since it was assigned, librdkafka has let its position be set once: it has begun to fetch.</summary>
    public bool IsFetching { get; set; }

    /// <summary>When it became <see cref="PartitionState.Positioning"/>, as a timestamp: the wall's clock may step.</summary>
    public long PositioningSince { get; set; }

    /// <summary>When the position was last set because records behind it came, as a timestamp.</summary>
    public long? SoughtAgainAt { get; set; }

    /// <summary>The position was just set: a gap at the first record is looked at twice.</summary>
    public bool IsGapSuspect { get; set; }

    /// <summary>The end of its log as a fetch told it last.</summary>
    public long? FetchedEnd { get; set; }

    /// <summary>The end of its log is asked for, while nothing is fetched that would tell it. The answer is null where the brokers did not say.</summary>
    public Task<long?>? AskingForEnd { get; set; }

    /// <summary>When that was begun last, as a timestamp.</summary>
    public long? EndAskedAt { get; set; }

    /// <summary>The position last told to Kafka.</summary>
    public long? Reported { get; set; }

    /// <summary>What an operator has to decide about; kept until the partition is open.</summary>
    public LogPartition? Halted { get; set; }

    /// <summary>The stored position, if the log was found to end before it.</summary>
    public long? Beyond { get; set; }

    /// <summary>When it became <see cref="PartitionState.Stopped"/>, as a timestamp.</summary>
    public long StoppedSince { get; set; }

    /// <summary>When it became <see cref="PartitionState.Lost"/>, as a timestamp.</summary>
    public long LostSince { get; set; }
}
