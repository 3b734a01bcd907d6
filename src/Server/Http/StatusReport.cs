using UnifiedVlm.Server.Cluster;

namespace UnifiedVlm.Server.Http;

/// <summary>GET /v1/status: what the page, the demo and a curious operator read.</summary>
/// <param name="Store">Left out while the database is away.</param>
/// <param name="Ingest">On a node without the role ingest it has stages, and partitions, none.</param>
/// <param name="Retention">Empty while the database is away.</param>
/// <param name="Node">This node's name among the members.</param>
/// <param name="Members">The living nodes of the cluster, as of this node's last beat.</param>
/// <param name="Devices">What this node gives work to: its own devices, and nodes that lend it theirs.</param>
internal sealed record StatusReport(
    double UptimeSeconds, ModelStatus Model, GenerationStatus Generation, StoreStatus? Store, IngestStatus Ingest, IReadOnlyList<RetentionReport> Retention, string Node,
    IReadOnlyList<MemberStatus> Members, IReadOnlyList<DeviceReport> Devices)
{
    /// <summary>Left out while the database is away.</summary>
    public EventStatus? Events { get; init; }
}

/// <param name="Unpublished">Events in the outbox; of more than 100,000 no more are counted.</param>
/// <param name="OldestSeconds">How long the oldest of them has waited; left out where none waits.</param>
/// <param name="Dropped">Removed, ever, because nobody was there to publish them.</param>
internal sealed record EventStatus(long Unpublished, double? OldestSeconds, long Dropped);

/// <param name="Trained">False when the weights came from a seed.</param>
/// <param name="Device">Those of this node, separated by commas; none: it has none.</param>
/// <param name="IdleShare">0 to 1: the share of their time in which they did nothing.</param>
internal sealed record ModelStatus(string Name, bool Trained, string Device, double IdleShare, int Dimension, string Fingerprint);

/// <param name="Texts">Answers under way or waiting for room in the KV cache.</param>
/// <param name="UsedBlocks">Of the KV cache, by texts under way.</param>
/// <param name="SharedTokens">Tokens of prompts found in the KV cache instead of being computed, since the model was loaded.</param>
/// <param name="Tensors">Live in this process, weights included.</param>
internal sealed record GenerationStatus(int Texts, int MaxTexts, int UsedBlocks, int Blocks, long Tokens, long SharedTokens, long Tensors);

/// <param name="Parts">Part vectors in the live index.</param>
/// <param name="Tombstones">Deleted documents whose version is remembered.</param>
/// <param name="Replays">Former dead letters that wait to be ingested again.</param>
/// <param name="Index">How vectors are searched, in a few words: exactly, or by an HNSW index.</param>
/// <param name="Generations">Index generations, oldest first; this node searches that of its model's fingerprint.</param>
internal sealed record StoreStatus(
    long Documents, long Parts, long Tombstones, long DeadLetters, long Replays, long DatabaseBytes, string Index, IReadOnlyList<IndexGenerationStatus> Generations);

/// <param name="State">live, filling or retired.</param>
/// <param name="Pending">Documents that it lacks until a program with its model has encoded them.</param>
/// <param name="Failed">Documents that its model could not take.</param>
internal sealed record IndexGenerationStatus(int Generation, string State, string Fingerprint, int Dimension, long Pending, long Failed);

/// <param name="DocumentsPerSecond">Over the last ten seconds.</param>
/// <param name="Settled">Records that are written, dead-lettered or found unchanged since the start.</param>
internal sealed record IngestStatus(
    long Settled,
    long Documents,
    long Unchanged,
    long DeadLetters,
    double DocumentsPerSecond,
    IReadOnlyList<StageStatus> Stages,
    IReadOnlyList<BudgetStatus> Budgets,
    IReadOnlyList<PartitionStatus> Partitions);

/// <param name="ActiveSeconds">Time in which the stage held anything at all.</param>
internal sealed record StageStatus(string Name, double ActiveSeconds, long Items);

internal sealed record BudgetStatus(string Name, string Unit, long Used, long Limit);

/// <param name="NextOffset">The first offset that is not yet in the store; null before the partition was taken over.</param>
/// <param name="Lag">Records between the next offset and the end of the partition; null while unknown.</param>
/// <param name="State">reading, paused (there is no room for more), or halted (an operator has to decide; the log says what).</param>
internal sealed record PartitionStatus(string Topic, int Partition, long? NextOffset, long? Lag, string State);

/// <param name="Rule">dead letters, events, unpublished events, inbox or tombstones.</param>
/// <param name="Keep">As this node was told, such as 30d or forever.</param>
/// <param name="RanAt">When some node last removed what is older; left out before the first time.</param>
/// <param name="Removed">Rows, that time.</param>
/// <param name="Total">Rows, ever.</param>
internal sealed record RetentionReport(string Rule, string Keep, DateTimeOffset? RanAt, long Removed, long Total);
