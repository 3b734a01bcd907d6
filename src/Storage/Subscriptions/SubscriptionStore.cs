using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>The saved queries of tenants: added, listed, removed.</summary>
public sealed class SubscriptionStore
{
    /// <summary>Of one tenant, unless the options say otherwise.</summary>
    public const int DefaultLimit = 1000;

    /// <summary>A query's JSON in bytes, pictures in base64: what a tenant's are in memory, and are encoded from, follows from it.</summary>
    public const int MaxQueryBytes = 4 << 20;

    /// <summary>Parts of a query.</summary>
    public const int MaxQueryParts = 16;

    /// <summary>Vectors of a query, into which its texts are split: what a tenant's are in memory, and are compared for, follows from it.</summary>
    public const int MaxEmbeddedParts = 512;

    // Whoever is stopped before its COMMIT holds up the matching of everybody.
    private const string TenantSql = "SELECT set_config('app.tenant', @tenant, true), set_config('idle_in_transaction_session_timeout', @idle, true)";

    private const string CountSql = """
        INSERT INTO uvlm.subscription_set AS s (tenant, subscriptions, revision) VALUES (@tenant, 1, nextval('uvlm.subscription_revision'))
        ON CONFLICT (tenant) DO UPDATE SET subscriptions = s.subscriptions + 1, revision = nextval('uvlm.subscription_revision')
        RETURNING subscriptions
        """;

    private const string AddSql = """
        INSERT INTO uvlm.subscription (tenant, collection, filter, mode, threshold, alignment, query, fingerprint, vectors)
        VALUES (@tenant, @collection, @filter, @mode, @threshold, @alignment, @query, @fingerprint, @vectors) RETURNING id
        """;

    private const string ListSql = """
        SELECT id, collection, filter, mode, threshold, alignment, failure, created_at FROM uvlm.subscription WHERE tenant = @tenant ORDER BY created_at, id
        """;

    // In the order in which they are added and erased: the tenant's row first.
    private const string LockSql = "SELECT FROM uvlm.subscription_set WHERE tenant = @tenant FOR UPDATE";
    private const string RemoveSql = "DELETE FROM uvlm.subscription WHERE tenant = @tenant AND id = @id";
    private const string UncountSql = "UPDATE uvlm.subscription_set SET subscriptions = subscriptions - 1, revision = nextval('uvlm.subscription_revision') WHERE tenant = @tenant";

    private readonly DataSources _sources;
    private readonly StoreOptions _options;

    internal SubscriptionStore(DataSources sources, StoreOptions options) => (_sources, _options) = (sources, options);

    /// <param name="fingerprint">Of the model that made <paramref name="embedding"/>; null where there is none yet: whoever matches makes it.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="DocumentRejectedException">The query is too large, or the filter in its text form; or a limit is no number, or the collection no name.</exception>
    /// <exception cref="SubscriptionLimitException">The tenant has too many.</exception>
    public async Task<Guid> AddAsync(NewSubscription subscription, SequenceEmbedding? embedding, string? fingerprint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        Check(subscription);
        var (query, filter) = (Check(subscription.Query), Check(subscription.Filter));
        if (embedding is not null)
            CheckLength(embedding);
        await using var connection = await _sources.App.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        if (await ScalarAsync(Begin(connection, subscription.Tenant), static batch => batch.Add(CountSql), subscription.Tenant, cancellationToken).ConfigureAwait(false) is int count && count > _options.SubscriptionsPerTenant)
            throw new SubscriptionLimitException(subscription.Tenant, _options.SubscriptionsPerTenant);
        await using var add = new NpgsqlBatch(connection);
        var command = add.Add(AddSql).With("tenant", subscription.Tenant).With("collection", subscription.Collection).With("filter", filter)
            .With("mode", Name(subscription.Mode)).With("query", query).With("fingerprint", embedding is null ? null : fingerprint);
        command.Parameters.Add(new NpgsqlParameter("threshold", subscription.Threshold));
        command.Parameters.Add(new NpgsqlParameter("alignment", NpgsqlTypes.NpgsqlDbType.Real) { Value = (object?)subscription.Alignment ?? DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("vectors", NpgsqlTypes.NpgsqlDbType.Bytea) { Value = embedding is null ? DBNull.Value : PackedSequence.Pack(embedding) });
        var id = (Guid)(await add.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return id;
    }

    /// <summary>The tenant's, oldest first.</summary>
    public async Task<IReadOnlyList<Subscription>> ListAsync(string tenant, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.App.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = Begin(connection, tenant);
        batch.Add(ListSql).With("tenant", tenant);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<Subscription>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(new Subscription(
                reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), Mode(reader.GetString(3)),
                reader.GetFloat(4), reader.IsDBNull(5) ? null : reader.GetFloat(5), reader.IsDBNull(6) ? null : reader.GetString(6),
                new DateTimeOffset(reader.GetDateTime(7), TimeSpan.Zero)));
        }
        return found;
    }

    /// <summary>Raises no event from its commit on.</summary>
    /// <exception cref="SubscriptionNotFoundException">The tenant has none of that id.</exception>
    public async Task RemoveAsync(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.App.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = Begin(connection, tenant);
        batch.Add(LockSql).With("tenant", tenant);
        var remove = batch.Add(RemoveSql).With("tenant", tenant).With("id", id);
        batch.Add(UncountSql).With("tenant", tenant);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        if (remove.RecordsAffected == 0)
            throw new SubscriptionNotFoundException(id);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="DocumentRejectedException">The model splits the query into more parts than a subscription may have.</exception>
    public static void CheckLength(SequenceEmbedding embedding)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        if (embedding.Parts.Count > MaxEmbeddedParts)
        {
            throw new DocumentRejectedException(
                "parts", $"are {embedding.Parts.Count} once the model has split their texts, a subscription has up to {MaxEmbeddedParts}", "Save a shorter query.");
        }
    }

    internal static SubscriptionMode Mode(string name) => Enum.Parse<SubscriptionMode>(name, ignoreCase: true);

    private static string Name(SubscriptionMode mode) => mode == SubscriptionMode.Documents ? "documents" : "parts";

    /// <summary>What is no number can't be listed as JSON, and takes the tenant's others with it.</summary>
    private static void Check(NewSubscription subscription)
    {
        if (!float.IsFinite(subscription.Threshold))
            throw new DocumentRejectedException("threshold", "is no finite number", "Give the least cosine that counts, such as 0.7.");
        if (subscription.Alignment is { } least && !float.IsFinite(least))
            throw new DocumentRejectedException("alignment", "is no finite number", "Give the least log K per step, 0 or less, or leave it out.");
        if (subscription.Collection is { } collection)
            DocumentValidator.ValidateName("collection", collection);
    }

    private static byte[] Check(InterleavedDocument query)
    {
        if (query.Parts.Count > MaxQueryParts)
            throw new DocumentRejectedException("parts", $"are {query.Parts.Count}, a subscription has up to {MaxQueryParts}", "Save a shorter query.");
        var bytes = DocumentJson.Serialize(query);
        return bytes.Length <= MaxQueryBytes
            ? bytes
            : throw new DocumentRejectedException("parts", $"are {bytes.Length} bytes of JSON, a subscription has up to {MaxQueryBytes}", "Scale its pictures down.");
    }

    /// <summary>The text form, which has limits of its own: one that its reader refuses could never be matched.</summary>
    private static string? Check(Filter? filter)
    {
        if (filter?.ToString() is not { } text)
            return null;
        try
        {
            FilterText.Parse(text);
            return text;
        }
        catch (DocumentRejectedException refused)
        {
            throw new DocumentRejectedException(refused.Field, $"is kept in its text form, with from and to, and that can't be read: {refused.Problem}", "Save a simpler one.", refused);
        }
    }

    private NpgsqlBatch Begin(NpgsqlConnection connection, string tenant)
    {
        var batch = new NpgsqlBatch(connection);
        batch.Add(TenantSql).With("tenant", tenant).With("idle", IngestSettings.Milliseconds(_options.IdleTransactionLimit));
        return batch;
    }

    private static async Task<object?> ScalarAsync(NpgsqlBatch batch, Func<NpgsqlBatch, NpgsqlBatchCommand> add, string tenant, CancellationToken cancellationToken)
    {
        await using (batch)
        {
            add(batch).With("tenant", tenant);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetValue(0) : null;
        }
    }
}
