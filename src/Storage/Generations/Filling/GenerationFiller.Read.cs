using System.Data;
using System.Text.Json;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Generations.Filling;

public sealed partial class GenerationFiller
{
    /// <summary>Of bodies and pictures; one document alone may have more.</summary>
    private const long PageBytes = 32 << 20;

    private const string KeysSql = """
        SELECT q.tenant, q.id, q.entry, coalesce(d.content_hash, ''), NOT d.deleted AND p.content_hash IS DISTINCT FROM d.content_hash,
            coalesce(pg_column_size(d.body), 0) + coalesce((SELECT sum(octet_length(b.bytes))
                FROM uvlm.document_blob r JOIN uvlm.blob b ON b.tenant = r.tenant AND b.sha256 = r.sha256 WHERE r.tenant = q.tenant AND r.id = q.id), 0)::bigint
        FROM uvlm.generation_pending q
        LEFT JOIN uvlm.document d ON d.tenant = q.tenant AND d.id = q.id
        LEFT JOIN uvlm.packed_{g} p ON p.tenant = q.tenant AND p.id = q.id
        WHERE q.generation = {g} AND q.problem IS NULL AND (q.tenant, q.id) > (@tenant, @id)
        ORDER BY q.tenant, q.id LIMIT @max
        """;

    private const string PicturesSql = """
        SELECT DISTINCT ON (b.tenant, b.sha256) b.tenant, encode(b.sha256, 'hex'), b.media_type, b.bytes
        FROM unnest(@tenants, @ids) AS k (tenant, id)
        JOIN uvlm.document_blob r ON r.tenant = k.tenant AND r.id = k.id
        JOIN uvlm.blob b ON b.tenant = r.tenant AND b.sha256 = r.sha256
        """;

    // What a model reads, and what stands beside its vectors.
    private const string DocumentsSql = """
        SELECT d.tenant, d.id, d.collection, d.body
        FROM unnest(@tenants, @ids) AS k (tenant, id) JOIN uvlm.document d ON d.tenant = k.tenant AND d.id = k.id
        """;

    /// <summary>The next pending documents in the order of their keys, each once until the end is reached.</summary>
    /// <returns>None at the end; the next call begins anew.</returns>
    /// <exception cref="IndexMismatchException">The generation was dropped.</exception>
    public async Task<IReadOnlyList<PendingDocument>> NextAsync(int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var page = await _retry.RunAsync(
            "Reading what an index lacks", token => ExplainedAsync(() => ReadPageAsync(_read, max, token), token), cancellationToken).ConfigureAwait(false);
        _read = page.Count == 0 ? new DocumentKey("", "") : new DocumentKey(page[^1].Tenant, page[^1].Id);
        return page;
    }

    private async Task<List<PendingDocument>> ReadPageAsync(DocumentKey after, int max, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        // One snapshot: a document that is replaced between two statements would want a picture that was not read.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        var page = await ReadKeysAsync(connection, after, max, cancellationToken).ConfigureAwait(false);
        var wanted = page.Where(static p => p.ContentHash.Length > 0).ToArray();
        if (wanted.Length == 0)
            return page;

        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (string[])[PicturesSql, DocumentsSql])
            batch.Add(sql).With("tenants", wanted.Select(p => p.Tenant)).With("ids", wanted.Select(p => p.Id));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var pictures = new Dictionary<(string Tenant, string Sha256), InlineImage>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            pictures[(reader.GetString(0), reader.GetString(1))] = new InlineImage(reader.GetFieldValue<byte[]>(3), reader.GetString(2));
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var documents = new Dictionary<DocumentKey, (InterleavedDocument? Document, string? Problem)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            documents[new DocumentKey(reader.GetString(0), reader.GetString(1))] = ReadDocument(reader, pictures);
        return [.. page.Select(p => documents.TryGetValue(new DocumentKey(p.Tenant, p.Id), out var found) ? p with { Document = found.Document, Problem = found.Problem } : p)];
    }

    private async Task<List<PendingDocument>> ReadKeysAsync(NpgsqlConnection connection, DocumentKey after, int max, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(GenerationTables.For(KeysSql, Generation.Id)).With("tenant", after.Tenant).With("id", after.Id).With("max", max);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var page = new List<PendingDocument>();
        for (var bytes = 0L; await reader.ReadAsync(cancellationToken).ConfigureAwait(false);)
        {
            var lacks = !reader.IsDBNull(4) && reader.GetBoolean(4);
            bytes += lacks ? reader.GetInt64(5) : 0;
            if (bytes > PageBytes && page.Count > 0)
                break;
            page.Add(new PendingDocument(reader.GetString(0), reader.GetString(1), lacks ? reader.GetFieldValue<byte[]>(3) : [], null, null) { Entry = reader.GetInt64(2) });
        }
        return page;
    }

    private static (InterleavedDocument? Document, string? Problem) ReadDocument(NpgsqlDataReader reader, Dictionary<(string Tenant, string Sha256), InlineImage> pictures)
    {
        var tenant = reader.GetString(0);
        string? lost = null;
        try
        {
            var parts = DocumentBody.Read(reader.GetString(3), sha256 =>
            {
                if (pictures.TryGetValue((tenant, sha256), out var picture))
                    return picture;
                lost ??= sha256;
                return new InlineImage(default);
            });
            return lost is not null
                ? (null, $"its picture {lost} is not stored")
                : (new InterleavedDocument { Tenant = tenant, Id = reader.GetString(1), Collection = reader.GetString(2), Parts = parts }, null);
        }
        catch (Exception e) when (e is JsonException or InvalidCastException or InvalidOperationException or KeyNotFoundException)
        {
            return (null, $"its body can't be read: {e.Message}");
        }
    }
}
