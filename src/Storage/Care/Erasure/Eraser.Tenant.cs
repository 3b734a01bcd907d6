using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Storage.Care.Erasure;

public sealed partial class Eraser
{
    private const int PageDocuments = 100;
    private const int PageRows = 1000;

    // Ids are in the order of time, and there is no index by tenant: pages of all tenants' rows, of which the tenant's go.
    private const string InboxPageSql = """
        WITH page AS MATERIALIZED (SELECT id, tenant FROM uvlm.inbox WHERE id > @after ORDER BY id LIMIT @max),
            gone AS (DELETE FROM uvlm.inbox i USING page p WHERE i.id = p.id AND p.tenant = @tenant RETURNING i.id)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone)
        """;

    private const string EventPageSql = """
        WITH page AS MATERIALIZED (SELECT id, tenant FROM uvlm.outbox WHERE id > @after ORDER BY id LIMIT @max),
            gone AS (DELETE FROM uvlm.outbox o USING page p WHERE o.id = p.id AND p.tenant = @tenant RETURNING o.id)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone)
        """;

    private const string LetterPageSql = """
        WITH page AS MATERIALIZED (SELECT id FROM uvlm.dead_letter WHERE tenant = @tenant AND id > @after ORDER BY id LIMIT @max),
            gone AS (DELETE FROM uvlm.dead_letter d USING page p WHERE d.id = p.id RETURNING d.id)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone)
        """;

    private const string ReplayPageSql = """
        WITH page AS MATERIALIZED (SELECT id, tenant FROM uvlm.replay WHERE id > @after ORDER BY id LIMIT @max),
            gone AS (DELETE FROM uvlm.replay r USING page p WHERE r.id = p.id AND p.tenant = @tenant RETURNING r.id)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone)
        """;

    private const string DocumentPageSql = "SELECT id FROM uvlm.document WHERE tenant = @tenant ORDER BY id LIMIT @max FOR UPDATE";
    private const string DropDocumentsSql = "DELETE FROM uvlm.document WHERE tenant = @tenant AND id = ANY (@ids)";

    // What an earlier fault has left without a document.
    private const string OrphansSql = """
        DELETE FROM uvlm.{table} v
        WHERE v.tenant = @tenant AND v.id IN (SELECT o.id FROM uvlm.{table} o WHERE o.tenant = @tenant
                AND NOT EXISTS (SELECT FROM uvlm.document d WHERE d.tenant = o.tenant AND d.id = o.id) LIMIT @max)
            AND NOT EXISTS (SELECT FROM uvlm.document d WHERE d.tenant = v.tenant AND d.id = v.id)
        """;

    private const string PicturePageSql = """
        SELECT b.sha256 FROM uvlm.blob b
        WHERE b.tenant = @tenant AND NOT EXISTS (SELECT FROM uvlm.document_blob r WHERE r.tenant = b.tenant AND r.sha256 = b.sha256)
        ORDER BY b.sha256 LIMIT @max FOR UPDATE
        """;

    private const string KeysSql = "DELETE FROM uvlm.api_key WHERE tenant = @tenant";

    // First of all, also where there is none: whoever adds a subscription holds this row, and has committed it by the next statement or waits until none is left.
    private const string LockSubscriptionsSql = """
        INSERT INTO uvlm.subscription_set (tenant, subscriptions, revision) VALUES (@tenant, 0, 0) ON CONFLICT (tenant) DO UPDATE SET subscriptions = 0
        """;

    private const string SubscriptionsSql = "DELETE FROM uvlm.subscription WHERE tenant = @tenant";
    private const string SubscriptionSetSql = "DELETE FROM uvlm.subscription_set WHERE tenant = @tenant";
    private const string CollectionsSql = "DELETE FROM uvlm.collection WHERE tenant = @tenant";
    private const string TextConfigsSql = "DELETE FROM uvlm.tenant_text_config WHERE tenant = @tenant";

    /// <summary>
    /// Erases everything of a tenant, tombstones too, page by page in short transactions: one that breaks off is simply run again. Records of the tenant that arrive
    /// meanwhile are new ones; its senders should have stopped.
    /// </summary>
    /// <param name="progress">How many documents are gone so far.</param>
    public async Task<ErasureSummary> EraseTenantAsync(string tenant, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        var pushed = await ErasePagesAsync(InboxPageSql, tenant, cancellationToken).ConfigureAwait(false);
        // A replay moves a letter from the one table to the other: in this order none slips through.
        var letters = await ErasePagesAsync(LetterPageSql, tenant, cancellationToken).ConfigureAwait(false)
            + await ErasePagesAsync(ReplayPageSql, tenant, cancellationToken).ConfigureAwait(false);
        // Always, an earlier run may have ended just before it: what a node has read and not written yet is not to be written any more.
        await _retry.RunAsync("Fencing the inbox and the replays", FenceAsync, cancellationToken).ConfigureAwait(false);
        var (documents, pictures) = (0L, 0L);
        for (int page; (page = await EraseDocumentsAsync().ConfigureAwait(false)) > 0; progress?.Report(documents))
            documents += page;
        await EraseOrphansAsync(tenant, cancellationToken).ConfigureAwait(false);
        for (int page; (page = await _retry.RunAsync("Erasing pictures", token => ErasePicturePageAsync(tenant, token), cancellationToken).ConfigureAwait(false)) > 0;)
            pictures += page;
        letters += await ErasePagesAsync(LetterPageSql, tenant, cancellationToken).ConfigureAwait(false);
        // Twice: a match that was being written held one of them up, and has left an event that the first pass did not see.
        var events = await ErasePagesAsync(EventPageSql, tenant, cancellationToken).ConfigureAwait(false)
            + await ErasePagesAsync(EventPageSql, tenant, cancellationToken).ConfigureAwait(false);
        await _retry.RunAsync("Erasing a tenant", token => EraseRemainsAsync(tenant, token), cancellationToken).ConfigureAwait(false);
        LogErased(documents, pictures, letters, events, pushed);
        return new ErasureSummary(documents, pictures, letters, events, pushed);

        async Task<int> EraseDocumentsAsync()
        {
            var (count, blobs) = await _retry.RunAsync("Erasing documents", token => EraseDocumentPageAsync(tenant, token), cancellationToken).ConfigureAwait(false);
            pictures += blobs;
            return count;
        }
    }

    private async Task<(int Documents, int Pictures)> EraseDocumentPageAsync(string tenant, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        var ids = new List<string>();
        await using (var page = new NpgsqlBatch(care.Connection))
        {
            page.Add(DocumentPageSql).With("tenant", tenant).With("max", PageDocuments);
            await using var reader = await page.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                ids.Add(reader.GetString(0));
        }
        if (ids.Count == 0)
            return default;
        var hashes = await LockPicturesAsync(care, tenant, ids, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        AddDrops(batch, care, tenant, ids);
        var pictures = batch.Add(ErasureSql.DropPictures).With("tenant", tenant).With("hashes", hashes);
        batch.Add(DropDocumentsSql).With("tenant", tenant).With("ids", ids);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (ids.Count, (int)pictures.RecordsAffected);
    }

    private async Task<int> ErasePicturePageAsync(string tenant, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        var hashes = new List<byte[]>();
        await using (var page = new NpgsqlBatch(care.Connection))
        {
            page.Add(PicturePageSql).With("tenant", tenant).With("max", PageDocuments);
            await using var reader = await page.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                hashes.Add(reader.GetFieldValue<byte[]>(0));
        }
        await using var batch = new NpgsqlBatch(care.Connection);
        var dropped = batch.Add(ErasureSql.DropPictures).With("tenant", tenant).With("hashes", hashes);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (int)dropped.RecordsAffected;
    }

    private async Task EraseOrphansAsync(string tenant, CancellationToken cancellationToken)
    {
        string[] tables = [GenerationTables.PartVectors, GenerationTables.DocumentVectors, "packed_{g}"];
        List<int> generations;
        await using (var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false))
            generations = care.Generations;
        foreach (var table in generations.SelectMany(g => tables.Select(t => GenerationTables.For(t, g))).Append("document_blob"))
        {
            while (await _retry.RunAsync("Erasing orphans", token => EraseOrphanPageAsync(table, tenant, token), cancellationToken).ConfigureAwait(false) > 0)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<int> EraseOrphanPageAsync(string table, string tenant, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        var dropped = batch.Add(GenerationTables.Of(OrphansSql, table)).With("tenant", tenant).With("max", PageDocuments);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (int)dropped.RecordsAffected;
    }

    /// <returns>How many rows were the tenant's.</returns>
    private async Task<long> ErasePagesAsync(string sql, string tenant, CancellationToken cancellationToken)
    {
        var erased = 0L;
        for (long? after = 0; after is not null;)
        {
            var from = after;
            (after, var page) = await _retry.RunAsync("Erasing rows", token => ErasePageAsync(sql, tenant, from.Value, token), cancellationToken).ConfigureAwait(false);
            erased += page;
        }
        return erased;
    }

    private async Task<(long? Last, long Erased)> ErasePageAsync(string sql, string tenant, long after, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(sql).With("tenant", tenant).With("after", (long?)after).With("max", PageRows);
        (long?, long) result;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            result = (reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetInt64(1));
        }
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }

    private async Task<int> FenceAsync(CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        foreach (var log in (string[])[InboxLog.Name, ReplayLog.Partition.LogId])
            batch.Add(ErasureSql.Fence).With("owner", ErasureSql.Source).With("log", log).With("last", (long?)long.MaxValue);
        var fenced = await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return fenced;
    }

    private async Task<int> EraseRemainsAsync(string tenant, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        foreach (var sql in (string[])[LockSubscriptionsSql, SubscriptionsSql, SubscriptionSetSql, CollectionsSql, TextConfigsSql, KeysSql])
            batch.Add(sql).With("tenant", tenant);
        var removed = await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return removed;
    }
}
