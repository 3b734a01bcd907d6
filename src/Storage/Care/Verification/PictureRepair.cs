using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>
/// Removes a picture whose bytes are damaged: only without it does a document that is sent again bring the right ones. The documents that show it lose their
/// vectors, so that they are not taken for unchanged.
/// </summary>
internal sealed class PictureRepair(DataSources sources, StoreOptions options, IndexGeneration generation)
{
    private const int PageDocuments = 100;

    private const string EncodedSql = """
        SELECT r.id FROM uvlm.document_blob r JOIN uvlm.packed_{g} p ON p.tenant = r.tenant AND p.id = r.id
        WHERE r.tenant = @tenant AND r.sha256 = @sha256 ORDER BY r.id LIMIT @max
        """;

    private const string DropSql = """
        WITH keys AS (SELECT k.id FROM unnest(@ids) AS k (id)),
            parts AS (DELETE FROM uvlm.part_vector_{g} v USING keys k WHERE v.tenant = @tenant AND v.id = k.id),
            documents AS (DELETE FROM uvlm.document_vector_{g} v USING keys k WHERE v.tenant = @tenant AND v.id = k.id)
        DELETE FROM uvlm.packed_{g} v USING keys k WHERE v.tenant = @tenant AND v.id = k.id
        """;

    // Waits for writers that are about to refer to it, and keeps out those that come.
    private const string LockSql = "SELECT sha256(bytes) <> sha256 FROM uvlm.blob WHERE tenant = @tenant AND sha256 = @sha256 FOR UPDATE";
    private const string RemoveSql = "DELETE FROM uvlm.blob WHERE tenant = @tenant AND sha256 = @sha256";

    public async Task<Finding> RunAsync(StoredBlob blob, Finding finding, CancellationToken cancellationToken)
    {
        // Page by page, the picture last: as long as it is there the next run begins where this one ended.
        while (await DropVectorsAsync(blob, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
        await using var care = await CareTransaction.BeginAsync(sources, options, cancellationToken).ConfigureAwait(false);
        var isDamaged = await ScalarAsync<bool?>(care, LockSql, blob, cancellationToken).ConfigureAwait(false) ?? false;
        if (!isDamaged)
            return finding with { Done = "nothing, it has come right meanwhile", Advice = null };
        if ((await EncodedAsync(care, blob, cancellationToken).ConfigureAwait(false)).Count > 0)
            return finding with { Done = "the vectors of its documents were removed; some were written meanwhile", Advice = "verify again with --repair" };
        await ScalarAsync<object?>(care, RemoveSql, blob, cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return finding with { Done = "removed, and the vectors of its documents, so that they are not taken for unchanged", Advice = blob.IsUsed ? finding.Advice : null };
    }

    /// <returns>False: no document with this picture has vectors.</returns>
    private async Task<bool> DropVectorsAsync(StoredBlob blob, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(sources, options, cancellationToken).ConfigureAwait(false);
        var ids = await EncodedAsync(care, blob, cancellationToken).ConfigureAwait(false);
        if (ids.Count == 0)
            return false;
        await care.LockAsync([.. ids.Select(id => new DocumentKey(blob.Tenant, id))], cancellationToken).ConfigureAwait(false);
        // Looked at again under the lock: the ids whose content has changed since don't show this picture any more.
        var locked = (await EncodedAsync(care, blob, cancellationToken).ConfigureAwait(false)).Intersect(ids, StringComparer.Ordinal);
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(GenerationTables.For(DropSql, generation.Id)).With("tenant", blob.Tenant).With("ids", locked);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<List<string>> EncodedAsync(CareTransaction care, StoredBlob blob, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(GenerationTables.For(EncodedSql, generation.Id)).With("tenant", blob.Tenant).With("sha256", blob.Sha256).With("max", PageDocuments);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            ids.Add(reader.GetString(0));
        return ids;
    }

    private static async Task<T?> ScalarAsync<T>(CareTransaction care, string sql, StoredBlob blob, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(sql).With("tenant", blob.Tenant).With("sha256", blob.Sha256);
        return (T?)await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }
}
