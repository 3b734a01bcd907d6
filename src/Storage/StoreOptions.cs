using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Storage;

/// <summary>Every knob of the store.</summary>
public sealed record StoreOptions
{
    /// <summary>An Npgsql connection string. Null: the private cluster of <see cref="Embedded"/>.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Used when there is no connection string.</summary>
    public EmbeddedPostgresOptions Embedded { get; init; } = new();

    /// <summary>Shown in pg_stat_activity.</summary>
    public string ApplicationName { get; init; } = "uvlm";

    /// <summary>Connections per role (writing, reading).</summary>
    public int MaxPoolSize { get; init; } = 16;

    /// <summary>Limit of a single statement.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a writer waits for a row that another transaction holds before it looks who that is.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The server ends a write transaction whose client has said nothing for so long: a stopped process keeps its connection open.</summary>
    public TimeSpan IdleTransactionLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long writes are repeated while the database is away. Endless by default: the pressure travels back to the source.</summary>
    public TimeSpan WriteRetryWindow { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long reads are repeated; a caller waits for them.</summary>
    public TimeSpan ReadRetryWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Parameters of generations made from now on.</summary>
    public HnswOptions Hnsw { get; init; } = new();

    /// <summary>
    /// A table with so many vectors of 256 dimensions gets an HNSW index; until then it is searched exactly. Longer vectors count as more
    /// (<see cref="ExactSearch"/>). docs/storage.md has what both cost.
    /// </summary>
    public long HnswFromVectors { get; init; } = 30_000;

    /// <summary>
    /// Up to so many documents that pass a search's filter are compared one by one; where there are more, the filter is tried on the way through the index.
    /// docs/retrieval.md has what both cost.
    /// </summary>
    public int FewDocuments { get; init; } = 10_000;

    /// <summary>Subscriptions that one tenant may have.</summary>
    public int SubscriptionsPerTenant { get; init; } = SubscriptionStore.DefaultLimit;

    /// <summary>From one look of the serving nodes at all pictures, for those that no document refers to, to the next.</summary>
    public TimeSpan BlobSweepInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a serving node looks for words that an earlier program has stored.</summary>
    public TimeSpan WordsCheckInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a writing store looks whether an index is due.</summary>
    public TimeSpan IndexCheckInterval { get; init; } = TimeSpan.FromSeconds(15);
}
