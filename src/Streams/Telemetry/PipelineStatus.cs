using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Telemetry;

/// <summary>The pipeline at one moment.</summary>
/// <param name="Elapsed">Since it began to run; stands still when it has ended.</param>
/// <param name="WriteRetries">Writes that had to be tried again.</param>
/// <param name="Partitions">Those that are open.</param>
/// <param name="Halted">Those that nobody reads until an operator has decided something.</param>
public sealed record PipelineStatus(
    TimeSpan Elapsed,
    PipelineTotals Totals,
    long WriteRetries,
    IReadOnlyList<StageStatus> Stages,
    IReadOnlyList<BudgetStatus> Budgets,
    IReadOnlyList<QueueStatus> Queues,
    IReadOnlyList<PartitionStatus> Partitions,
    IReadOnlyList<LogPartition> Halted);
