using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>
/// Writes ranges of a log with exactly-once effect. All records of a range, its dead letters, its events and the new offset are one transaction; the
/// fence row, updated last, decides whether it counts. docs/storage.md has the protocol.
/// </summary>
public sealed partial class IngestStore : IIngestStore
{
    private const string UnchangedSql = """
        SELECT coalesce(NOT d.deleted AND d.content_hash = k.hash AND p.content_hash = k.hash, false)
        FROM unnest(@tenants, @ids, @hashes) WITH ORDINALITY AS k (tenant, id, hash, place)
        LEFT JOIN uvlm.document d ON d.tenant = k.tenant AND d.id = k.id
        LEFT JOIN uvlm.packed_{g} p ON p.tenant = k.tenant AND p.id = k.id
        ORDER BY k.place
        """;

    private const string ReserveSql = "UPDATE uvlm.local_version SET next = next + @count RETURNING next - @count";

    private readonly DataSources _sources;
    private readonly IngestSettings _settings;
    private readonly RetryPolicy _retry;
    private readonly StoppedClients _stopped;
    private readonly ILogger _logger;

    internal IngestStore(DataSources sources, IngestSettings settings, StoppedClients stopped, TimeSpan retryWindow, ILogger<IngestStore> logger)
    {
        _sources = sources;
        _settings = settings;
        _stopped = stopped;
        _logger = logger;
        _retry = new RetryPolicy(sources, retryWindow, logger);
    }

    /// <summary>That of the model: the vectors go into its tables, whether it is the live one or not. Other generations are told what they lack.</summary>
    public IndexGeneration Generation => _settings.Generation;

    /// <inheritdoc/>
    public Task<bool[]> AreUnchangedAsync(IReadOnlyList<ContentKey> keys, CancellationToken cancellationToken)
        => _retry.RunAsync("Looking for unchanged documents", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(GenerationTables.For(UnchangedSql, Generation.Id))
                .With("tenants", keys.Select(k => k.Tenant)).With("ids", keys.Select(k => k.Id)).With("hashes", keys.Select(k => k.ContentHash));
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            var unchanged = new bool[keys.Count];
            for (var i = 0; await reader.ReadAsync(token).ConfigureAwait(false); i++)
                unchanged[i] = reader.GetBoolean(0);
            return unchanged;
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReserveLocalVersionsAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _retry.RunAsync("Reserving versions", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(ReserveSql, connection);
            command.Parameters.AddWithValue("count", (long)count);
            return (long)(await command.ExecuteScalarAsync(token).ConfigureAwait(false))!;
        }, cancellationToken);
    }
}
