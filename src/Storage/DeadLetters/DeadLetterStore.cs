using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>
/// Looks at what could not be ingested, has it ingested again or drops it. Who names a tenant works in that tenant's role, and row-level security
/// shows nothing of others; who names none is the operator.
/// </summary>
public sealed partial class DeadLetterStore
{
    private const string TenantSql = "SELECT set_config('app.tenant', @tenant, true)";

    private const string Filter = """
        (@tenant IS NULL OR tenant = @tenant) AND (@reason IS NULL OR strpos(lower(reason), lower(@reason)) > 0) AND (@stage IS NULL OR stage = @stage)
            AND (@topic IS NULL OR topic = @topic) AND (@document IS NULL OR document_id = @document)
            AND (@from IS NULL OR created_at >= @from) AND (@to IS NULL OR created_at < @to) AND (@first IS NULL OR id >= @first) AND (@last IS NULL OR id <= @last)
        """;

    private const string ListSql = $"SELECT {DeadLetterRows.SummaryColumns} FROM uvlm.dead_letter WHERE id > @after AND {Filter} ORDER BY id LIMIT @max";
    private const string FindSql = $"SELECT {DeadLetterRows.Columns} FROM uvlm.dead_letter WHERE id = @id AND (@tenant IS NULL OR tenant = @tenant)";

    private const string LengthSql = $"""
        SELECT octet_length(payload)::bigint + octet_length(key) + octet_length(error_chain) + {DeadLetterRows.HeaderBytes} FROM uvlm.dead_letter
        WHERE id = @id AND (@tenant IS NULL OR tenant = @tenant)
        """;

    private readonly DataSources _sources;
    private readonly RetryPolicy _retry;

    internal DeadLetterStore(DataSources sources, TimeSpan retryWindow, ILogger<DeadLetterStore> logger)
    {
        _sources = sources;
        _retry = new RetryPolicy(sources, retryWindow, logger);
    }

    /// <summary>Oldest first, from after the number <paramref name="afterId"/>, at most <paramref name="max"/>.</summary>
    public Task<IReadOnlyList<DeadLetterSummary>> ListAsync(DeadLetterFilter filter, long afterId, int max, CancellationToken cancellationToken)
        => _retry.RunAsync("Listing dead letters", async token =>
        {
            await using var connection = await OpenAsync(filter.Tenant, token).ConfigureAwait(false);
            await using var batch = Begin(connection, filter.Tenant);
            With(batch.Add(ListSql), filter).With("after", (long?)afterId).With("max", max);
            await using var reader = await ReadLastAsync(batch, token).ConfigureAwait(false);
            var letters = new List<DeadLetterSummary>();
            while (await reader.ReadAsync(token).ConfigureAwait(false))
                letters.Add(DeadLetterRows.Summary(reader));
            return (IReadOnlyList<DeadLetterSummary>)letters;
        }, cancellationToken);

    /// <param name="tenant">Whose it has to be; null is anybody's.</param>
    /// <exception cref="DeadLetterNotFoundException">There is none.</exception>
    public Task<StoredDeadLetter> FindAsync(string? tenant, long id, CancellationToken cancellationToken)
        => _retry.RunAsync("Reading a dead letter", async token =>
        {
            await using var connection = await OpenAsync(tenant, token).ConfigureAwait(false);
            await using var batch = Begin(connection, tenant);
            batch.Add(FindSql).With("id", (long?)id).With("tenant", tenant);
            await using var reader = await ReadLastAsync(batch, token).ConfigureAwait(false);
            return await reader.ReadAsync(token).ConfigureAwait(false) ? DeadLetterRows.Letter(reader) : throw new DeadLetterNotFoundException(id);
        }, cancellationToken);

    /// <summary>Bytes of its record, for who has to have room for it before it is read.</summary>
    /// <exception cref="DeadLetterNotFoundException">There is none.</exception>
    public Task<long> FindLengthAsync(string? tenant, long id, CancellationToken cancellationToken)
        => _retry.RunAsync("Looking for a dead letter", async token =>
        {
            await using var connection = await OpenAsync(tenant, token).ConfigureAwait(false);
            await using var batch = Begin(connection, tenant);
            batch.Add(LengthSql).With("id", (long?)id).With("tenant", tenant);
            await using var reader = await ReadLastAsync(batch, token).ConfigureAwait(false);
            return await reader.ReadAsync(token).ConfigureAwait(false) ? reader.GetInt64(0) : throw new DeadLetterNotFoundException(id);
        }, cancellationToken);

    private ValueTask<NpgsqlConnection> OpenAsync(string? tenant, CancellationToken cancellationToken)
        => (tenant is null ? _sources.Ingest : _sources.App).OpenConnectionAsync(cancellationToken);

    /// <summary>One batch is one transaction, which ends with it: a client that stops leaves no lock behind.</summary>
    private static NpgsqlBatch Begin(NpgsqlConnection connection, string? tenant)
    {
        var batch = new NpgsqlBatch(connection);
        batch.Add(TenantSql).With("tenant", tenant);
        return batch;
    }

    private static NpgsqlBatchCommand With(NpgsqlBatchCommand command, DeadLetterFilter filter) => command
        .With("tenant", filter.Tenant).With("reason", filter.Reason).With("stage", filter.Stage).With("topic", filter.Topic).With("document", filter.DocumentId)
        .With("from", filter.From).With("to", filter.To).With("first", filter.First).With("last", filter.Last);

    /// <summary>The result of the batch's last command.</summary>
    private static async Task<NpgsqlDataReader> ReadLastAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        for (var i = 1; i < batch.BatchCommands.Count; i++)
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return reader;
    }
}
