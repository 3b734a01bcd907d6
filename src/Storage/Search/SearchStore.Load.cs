using System.Data;
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
        FROM unnest(@ids) AS k (id)
        JOIN uvlm.document d ON d.tenant = @tenant AND d.id = k.id
        WHERE NOT d.deleted
        """;

    private const string LoadPicturesSql = """
        SELECT DISTINCT ON (b.sha256) b.sha256, b.media_type, b.bytes
        FROM unnest(@ids) AS k (id)
        JOIN uvlm.document_blob r ON r.tenant = @tenant AND r.id = k.id
        JOIN uvlm.blob b ON b.tenant = @tenant AND b.sha256 = r.sha256
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

    /// <inheritdoc/>
    public Task<IReadOnlyList<InterleavedDocument>> LoadDocumentsAsync(string tenant, IReadOnlyList<string> ids, CancellationToken cancellationToken, bool pictures = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        return _retry.RunAsync("Loading documents", token => LoadOnceAsync(tenant, ids, pictures, token), cancellationToken);
    }

    private async Task<IReadOnlyList<InterleavedDocument>> LoadOnceAsync(string tenant, IReadOnlyList<string> ids, bool withPictures, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(
            _sources.App, tenant, cancellationToken, IsolationLevel.RepeatableRead).ConfigureAwait(false);
        // Pictures first: the body is read into parts when they are at hand. One snapshot, or a document replaced between the two statements
        // would want a picture that was not read.
        await using var batch = transaction.Batch();
        batch.Add(LoadPicturesSql).With("tenant", tenant).With("ids", withPictures ? ids : []);
        batch.Add(LoadSql).With("tenant", tenant).With("ids", ids);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var pictures = new Dictionary<string, InlineImage>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            pictures[Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(0))] = new InlineImage(reader.GetFieldValue<byte[]>(2), reader.GetString(1));
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var documents = new Dictionary<string, InterleavedDocument>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var document = ReadDocument(reader, tenant, sha256 => withPictures ? pictures[sha256] : new InlineImage(default));
            documents[document.Id] = document;
        }
        return [.. ids.Where(documents.ContainsKey).Select(id => documents[id])];
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
            show(ReadDocument(reader, tenant, static _ => new InlineImage(default)));
        return shown;
    }

    private static InterleavedDocument ReadDocument(NpgsqlDataReader reader, string tenant, Func<string, InlineImage> picture) => new()
    {
        Tenant = tenant,
        Id = reader.GetString(0),
        Version = reader.GetInt64(1),
        Collection = reader.GetString(2),
        Title = reader.IsDBNull(3) ? null : reader.GetString(3),
        Language = reader.IsDBNull(4) ? null : reader.GetString(4),
        Time = reader.IsDBNull(5) ? null : new DateTimeOffset(reader.GetDateTime(5), TimeSpan.Zero),
        Metadata = reader.IsDBNull(6) ? null : JsonNode.Parse(reader.GetString(6))!.AsObject(),
        Parts = DocumentBody.Read(reader.GetString(7), picture),
    };
}
