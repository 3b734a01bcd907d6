namespace UnifiedVlm.Streams.Telemetry;

/// <summary>The pipeline at one moment.</summary>
/// <param name="Elapsed">Since it began to run; stands still when it has ended.</param>
/// <param name="WriteRetries">Writes that had to be tried again.</param>
public sealed record PipelineStatus(
    TimeSpan Elapsed,
    PipelineTotals Totals,
    long WriteRetries,
    IReadOnlyList<StageStatus> Stages,
    IReadOnlyList<BudgetStatus> Budgets,
    IReadOnlyList<QueueStatus> Queues,
    IReadOnlyList<PartitionStatus> Partitions);
