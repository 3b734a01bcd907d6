using System.Text.Json.Nodes;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Search;

public sealed partial class SearchStore
{
    private const string LoadSql = """
        SELECT d.id, d.version, d.collection, d.title, d.language, d.time, d.metadata, d.body
        FROM unnest(@ids) WITH ORDINALITY AS k (id, place)
        JOIN uvlm.document d ON d.tenant = @tenant AND d.id = k.id
        WHERE NOT d.deleted
        ORDER BY k.place
        """;

    // What was uploaded and stands in no document is no part of one. The length of a value that is stored out of line and not compressed is known without reading it.
    private const string MeasurePicturesSql = """
        SELECT encode(b.sha256, 'hex'), octet_length(b.bytes)::bigint
        FROM unnest(@hashes) AS k (sha256)
        JOIN uvlm.blob b ON b.tenant = @tenant AND b.sha256 = k.sha256
        WHERE EXISTS (SELECT FROM uvlm.document_blob r WHERE r.tenant = @tenant AND r.sha256 = k.sha256)
        """;

    private const string LoadPicturesSql = """
        SELECT encode(b.sha256, 'hex'), b.bytes, b.media_type
        FROM unnest(@hashes) AS k (sha256)
        JOIN uvlm.blob b ON b.tenant = @tenant AND b.sha256 = k.sha256
        WHERE EXISTS (SELECT FROM uvlm.document_blob r WHERE r.tenant = @tenant AND r.sha256 = k.sha256)
        """;

    private const string LoadPackedSql = """
        SELECT p.vectors FROM uvlm.packed_{g} p JOIN uvlm.document d ON d.tenant = p.tenant AND d.id = p.id
        WHERE p.tenant = @tenant AND p.id = @id AND NOT d.deleted
        """;

    /// <inheritdoc/>
    /// <exception cref="IndexMismatchException">The model's index was dropped.</exception>
    public Task<SequenceEmbedding?> LoadEmbeddingAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        // What no key can be is nobody's.
        return Storable.Find("id", id) is null
            ? _retry.RunAsync("Loading vectors", token => ExplainedAsync(() => LoadEmbeddingOnceAsync(tenant, id, token), token), cancellationToken)
            : Task.FromResult<SequenceEmbedding?>(null);
    }

    private async Task<SequenceEmbedding?> LoadEmbeddingOnceAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch();
        batch.Add(GenerationTables.For(LoadPackedSql, _generation.Id)).With("tenant", tenant).With("id", id);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? PackedSequence.Unpack(reader.GetFieldValue<byte[]>(0)) : null;
    }

    /// <summary>Loads documents, with the hashes of their pictures, all of them in memory; ids that are gone are left out.</summary>
    public Task<IReadOnlyList<InterleavedDocument>> LoadDocumentsAsync(string tenant, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        return _retry.RunAsync<IReadOnlyList<InterleavedDocument>>("Loading documents", async token =>
        {
            var documents = new List<InterleavedDocument>(ids.Count);
            await ShowOnceAsync(tenant, ids, documents.Add, token).ConfigureAwait(false);
            return documents;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, long>> MeasurePicturesAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken)
        => ReadPicturesAsync(MeasurePicturesSql, tenant, sha256, static reader => reader.GetInt64(1), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, InlineImage>> LoadPicturesAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken)
        => ReadPicturesAsync(LoadPicturesSql, tenant, sha256, static reader => new InlineImage(reader.GetFieldValue<byte[]>(1), reader.GetString(2)), cancellationToken);

    private Task<IReadOnlyDictionary<string, T>> ReadPicturesAsync<T>(
        string sql, string tenant, IReadOnlyCollection<string> sha256, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        return _retry.RunAsync<IReadOnlyDictionary<string, T>>("Loading pictures", async token =>
        {
            await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, token).ConfigureAwait(false);
            await using var batch = transaction.Batch();
            batch.Add(sql).With("tenant", tenant).With("hashes", sha256.Select(Convert.FromHexString));
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            await reader.NextResultAsync(token).ConfigureAwait(false);
            var found = new Dictionary<string, T>(StringComparer.Ordinal);
            while (await reader.ReadAsync(token).ConfigureAwait(false))
                found[reader.GetString(0)] = read(reader);
            return found;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ShowDocumentsAsync(string tenant, IReadOnlyList<string> ids, Action<InterleavedDocument> show, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentNullException.ThrowIfNull(show);
        return _retry.RunAsync("Loading documents", token => ShowOnceAsync(tenant, ids, show, token), cancellationToken);
    }

    private async Task<int> ShowOnceAsync(string tenant, IReadOnlyList<string> ids, Action<InterleavedDocument> show, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch();
        batch.Add(LoadSql).With("tenant", tenant).With("ids", ids);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var shown = 0;
        for (; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); shown++)
            show(ReadDocument(reader, tenant));
        return shown;
    }

    private static InterleavedDocument ReadDocument(NpgsqlDataReader reader, string tenant) => new()
    {
        Tenant = tenant,
        Id = reader.GetString(0),
        Version = reader.GetInt64(1),
        Collection = reader.GetString(2),
        Title = reader.IsDBNull(3) ? null : reader.GetString(3),
        Language = reader.IsDBNull(4) ? null : reader.GetString(4),
        Time = reader.IsDBNull(5) ? null : new DateTimeOffset(reader.GetDateTime(5), TimeSpan.Zero),
        Metadata = reader.IsDBNull(6) ? null : JsonNode.Parse(reader.GetString(6))!.AsObject(),
        Parts = DocumentBody.Read(reader.GetString(7), static sha256 => new BlobImage(sha256)),
    };
}
