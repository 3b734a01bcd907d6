using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Keys;

/// <summary>The keys of the HTTP interface. The database's clock decides what has expired.</summary>
public sealed class ApiKeyStore
{
    private const string Columns = "id, name, tenant, scopes, requests_per_minute, tokens_per_minute, created_at, expires_at, revoked_at, last_used_at";
    private const string Usable = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())";

    private const string InsertSql = $"""
        INSERT INTO uvlm.api_key (id, digest, name, tenant, scopes, requests_per_minute, tokens_per_minute, expires_at)
        VALUES (@id, @digest, @name, @tenant, @scopes, @requests, @tokens, now() + @lifetime)
        RETURNING {Columns}
        """;

    private const string FindSql = $"SELECT {Columns}, digest FROM uvlm.api_key WHERE id = @id AND {Usable}";
    private const string ListSql = $"SELECT {Columns} FROM uvlm.api_key ORDER BY created_at, id";
    private const string ExistsSql = $"SELECT EXISTS (SELECT FROM uvlm.api_key WHERE {Usable})";
    private const string RevokeSql = "UPDATE uvlm.api_key SET revoked_at = now() WHERE id = @id AND revoked_at IS NULL";

    // Every node says it of its own requests: in one order, and who finds a row taken leaves it to the other.
    private const string UsedSql = """
        WITH used AS MATERIALIZED (
            SELECT id FROM uvlm.api_key
            WHERE id = ANY (@ids) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
            ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE uvlm.api_key k SET last_used_at = now() FROM used WHERE k.id = used.id
        """;

    private readonly DataSources _sources;
    private readonly RetryPolicy _retry;

    internal ApiKeyStore(DataSources sources, TimeSpan retryWindow, ILogger<ApiKeyStore> logger)
    {
        _sources = sources;
        _retry = new RetryPolicy(sources, retryWindow, logger);
    }

    /// <summary>Makes a key; its secret can't be had again. Not repeated when the answer is lost: a key that nobody has would stay.</summary>
    public async Task<(ApiKey Key, ApiKeySecret Secret)> CreateAsync(ApiKeyGrant grant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grant);
        ArgumentOutOfRangeException.ThrowIfEqual((int)grant.Scopes, (int)KeyScopes.None);
        var secret = ApiKeySecret.Create();
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(InsertSql).With("id", secret.Id).With("digest", secret.Digest).With("name", grant.Name).With("tenant", grant.Tenant).With("scopes", Names(grant.Scopes))
            .With("requests", (long?)grant.RequestsPerMinute).With("tokens", (long?)grant.TokensPerMinute).With("lifetime", grant.Lifetime);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (Read(reader), secret);
    }

    /// <returns>Null where there is none with this id that may be used: never made, revoked, expired.</returns>
    public Task<StoredApiKey?> FindAsync(string id, CancellationToken cancellationToken)
        => _retry.RunAsync("Looking up a key", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(FindSql).With("id", id);
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            return await reader.ReadAsync(token).ConfigureAwait(false) ? new StoredApiKey(Read(reader), reader.GetFieldValue<byte[]>(10)) : null;
        }, cancellationToken);

    /// <summary>All keys, oldest first, those that can't be used any more too.</summary>
    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
        => _retry.RunAsync("Listing keys", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(ListSql);
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            var keys = new List<ApiKey>();
            while (await reader.ReadAsync(token).ConfigureAwait(false))
                keys.Add(Read(reader));
            return (IReadOnlyList<ApiKey>)keys;
        }, cancellationToken);

    /// <summary>Whether there is any key that may be used.</summary>
    public Task<bool> AnyAsync(CancellationToken cancellationToken)
        => _retry.RunAsync("Looking for keys", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(ExistsSql);
            return (bool)(await batch.ExecuteScalarAsync(token).ConfigureAwait(false))!;
        }, cancellationToken);

    /// <summary>Ends a key for good.</summary>
    /// <exception cref="ApiKeyNotFoundException">There is none with this id, or it was revoked before.</exception>
    public async Task RevokeAsync(string id, CancellationToken cancellationToken)
    {
        if (await RunAsync("Revoking a key", batch => batch.Add(RevokeSql).With("id", id), cancellationToken).ConfigureAwait(false) == 0)
            throw new ApiKeyNotFoundException(id);
    }

    /// <summary>Notes that the keys were used about now.</summary>
    public Task NoteUsedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        => RunAsync("Noting which keys were used", batch => batch.Add(UsedSql).With("ids", ids), cancellationToken);

    private Task<int> RunAsync(string what, Action<NpgsqlBatch> add, CancellationToken cancellationToken)
        => _retry.RunAsync(what, async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            add(batch);
            return await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
        }, cancellationToken);

    private static ApiKey Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), Scopes(reader.GetFieldValue<string[]>(3)),
        Number(reader, 4), Number(reader, 5), Time(reader, 6)!.Value, Time(reader, 7), Time(reader, 8), Time(reader, 9));

    private static IEnumerable<string> Names(KeyScopes scopes)
        => Each.Where(scope => scopes.HasFlag(scope)).Select(static scope => scope.ToString().ToLowerInvariant());

    /// <summary>What a newer program may have granted means nothing to this one.</summary>
    private static KeyScopes Scopes(string[] names)
        => Each.Where(scope => names.Contains(scope.ToString(), StringComparer.OrdinalIgnoreCase)).Aggregate(KeyScopes.None, static (all, scope) => all | scope);

    private static KeyScopes[] Each => [KeyScopes.Read, KeyScopes.Write, KeyScopes.Admin];

    private static int? Number(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt32(column);

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column)
        => reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetDateTime(column), TimeSpan.Zero);
}
