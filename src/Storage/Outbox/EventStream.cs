namespace UnifiedVlm.Storage.Outbox;

/// <summary>What names a database's events, and how the work at them is divided.</summary>
/// <param name="Id">The database's own; part of the events' source and of the publishers' transactional ids.</param>
/// <param name="Shards">Each is worked at by one node at a time. Fixed once the database has it.</param>
public sealed record EventStream(Guid Id, int Shards)
{
    public const int DefaultShards = 4;

    /// <summary>As many as there are slots.</summary>
    public const int MaxShards = 64;

    /// <summary>Added to the sequence of a document where its events are published: more than any that was published before the database was restored.</summary>
    public long SequenceBase { get; init; }

    /// <summary>The slots of the outbox that a shard has.</summary>
    internal int[] SlotsOf(int shard) => [.. Enumerable.Range(0, MaxShards).Where(slot => slot % Shards == shard)];
}
