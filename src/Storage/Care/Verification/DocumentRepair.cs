using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>
/// Repairs one document at a time: locks it as a writer does, looks at it again, and mends what is still wrong. What only a model can make anew is removed, so that
/// the document's next record is encoded instead of being taken for unchanged.
/// </summary>
internal sealed class DocumentRepair(DataSources sources, StoreOptions options, GenerationFacts generation)
{
    private const string DropPartsSql = "DELETE FROM uvlm.part_vector_{g} v WHERE v.tenant = @tenant AND v.id = @id AND {guard}";
    private const string DropDocumentSql = "DELETE FROM uvlm.document_vector_{g} v WHERE v.tenant = @tenant AND v.id = @id AND {guard}";
    private const string DropPackedSql = "DELETE FROM uvlm.packed_{g} v WHERE v.tenant = @tenant AND v.id = @id AND {guard}";
    private const string DropLinksSql = "DELETE FROM uvlm.document_blob v WHERE v.tenant = @tenant AND v.id = @id AND {guard}";

    // Without a document there is nothing to lock: what a writer inserts at this moment comes with its document.
    private const string OrphansOnly = "NOT EXISTS (SELECT FROM uvlm.document d WHERE d.tenant = v.tenant AND d.id = v.id)";

    private const string PictureLost = """
        EXISTS (SELECT FROM unnest(@named) AS n WHERE NOT EXISTS (SELECT FROM uvlm.blob b WHERE b.tenant = @tenant AND b.sha256 = decode(n, 'hex')))
        """;

    private const string EmptySql = """
        UPDATE uvlm.document SET collection = NULL, title = NULL, language = NULL, text_config = NULL, time = NULL, metadata = NULL, body = NULL, tsv = NULL,
            content_hash = '', part_count = 0
        WHERE tenant = @tenant AND id = @id AND deleted
        """;

    private const string PartCountSql = "UPDATE uvlm.document SET part_count = @count WHERE tenant = @tenant AND id = @id AND part_count <> @count";

    private const string PartsSql = """
        INSERT INTO uvlm.part_vector_{g} (tenant, id, part, collection, embedding)
        SELECT @tenant, @id, k.part - 1, @collection, k.vector FROM unnest(@vectors) WITH ORDINALITY AS k (vector, part)
        """;

    private const string DocumentVectorSql = "INSERT INTO uvlm.document_vector_{g} (tenant, id, collection, embedding) VALUES (@tenant, @id, @collection, @vector)";

    private const string DropOtherLinksSql = "DELETE FROM uvlm.document_blob WHERE tenant = @tenant AND id = @id AND NOT encode(sha256, 'hex') = ANY (@named)";

    // As a writer does: nobody may delete a picture that is about to be referred to.
    private const string HoldPicturesSql = """
        SELECT FROM uvlm.blob b WHERE b.tenant = @tenant AND b.sha256 IN (SELECT decode(n, 'hex') FROM unnest(@named) AS n) ORDER BY b.sha256 FOR KEY SHARE
        """;

    private const string AddLinksSql = """
        INSERT INTO uvlm.document_blob (tenant, id, sha256)
        SELECT b.tenant, @id, b.sha256 FROM uvlm.blob b WHERE b.tenant = @tenant AND b.sha256 IN (SELECT decode(n, 'hex') FROM unnest(@named) AS n)
        ON CONFLICT DO NOTHING
        """;

    private const string CollectionSql = """
        INSERT INTO uvlm.collection (tenant, name, version_rule) SELECT tenant, collection, version_rule FROM uvlm.document WHERE tenant = @tenant AND id = @id
        ON CONFLICT DO NOTHING
        """;

    private const string TextConfigSql = """
        INSERT INTO uvlm.tenant_text_config (tenant, text_config) SELECT tenant, text_config FROM uvlm.document WHERE tenant = @tenant AND id = @id AND text_config IS NOT NULL
        ON CONFLICT DO NOTHING
        """;

    private const string PendingSql = """
        INSERT INTO uvlm.generation_pending AS q (generation, tenant, id) VALUES ({g}, @tenant, @id)
        ON CONFLICT (generation, tenant, id) DO UPDATE SET entry = DEFAULT, problem = NULL
        """;

    /// <returns>The findings, each with what was done about it, and without advice where nothing is left to do.</returns>
    public async Task<IReadOnlyList<Finding>> RunAsync(DocumentKey key, IReadOnlyList<Finding> found, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(sources, options, cancellationToken).ConfigureAwait(false);
        await care.LockAsync([key], cancellationToken).ConfigureAwait(false);
        var state = await ReadAsync(care, key, cancellationToken).ConfigureAwait(false);
        var present = DocumentJudge.Judge(state, generation);
        await using var batch = new NpgsqlBatch(care.Connection);
        var done = present.ToDictionary(static f => f.Kind, f => Mend(batch, state, f));
        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        var left = DocumentJudge.Judge(await ReadAsync(care, key, cancellationToken).ConfigureAwait(false), generation);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return [.. found.Select(f => f with
        {
            Done = done.TryGetValue(f.Kind, out var what) ? what : "nothing, it has come right meanwhile",
            Advice = left.Find(l => l.Kind == f.Kind) is { } still ? still.Advice ?? DocumentJudge.IngestAgain : null,
        })];
    }

    private async Task<DocumentState> ReadAsync(CareTransaction care, DocumentKey key, CancellationToken cancellationToken)
        => (await DocumentTables.ReadAsync(care.Connection, generation.Generation.Id, [key], cancellationToken).ConfigureAwait(false))[0];

    /// <returns>Null: there is nothing that could be done.</returns>
    private string? Mend(NpgsqlBatch batch, DocumentState state, Finding finding)
    {
        switch (finding.Kind)
        {
            case FindingKind.Orphan:
                Drop(batch, state.Key, OrphansOnly, withLinks: true);
                return "removed";
            case FindingKind.Tombstone:
                Drop(batch, state.Key, "true", withLinks: true);
                Add(batch, EmptySql, state.Key);
                return "removed";
            case FindingKind.Encoding:
                if (generation.IsLive && state.PackedHash is null && state.PartVectors + state.DocumentVectors == 0)
                    return null;
                Drop(batch, state.Key, "true", withLinks: false);
                if (generation.IsLive)
                    return "its vectors were removed, so that it is not taken for unchanged";
                Add(batch, PendingSql, state.Key);
                return "its vectors were removed; a program with the generation's model makes them anew";
            case FindingKind.Vectors:
                Rebuild(batch, state);
                return "made again from the packed vectors";
            case FindingKind.Link:
                return Link(batch, state);
            case FindingKind.Collection when state.Document!.CollectionRule is null || !state.Document.HasTextConfig:
                Add(batch, CollectionSql, state.Key);
                Add(batch, TextConfigSql, state.Key);
                return "recorded";
            default:
                return null;
        }
    }

    private void Rebuild(NpgsqlBatch batch, DocumentState state)
    {
        var (packed, collection) = (state.Packed!, state.Document!.Collection);
        Add(batch, DropPartsSql, state.Key, "true");
        Add(batch, DropDocumentSql, state.Key, "true");
        Add(batch, PartsSql, state.Key).With("collection", collection)
            .With("vectors", Enumerable.Range(0, packed.Parts.Count).Select(i => HalfVector.From(packed.PartVector(i).Span)));
        Add(batch, DocumentVectorSql, state.Key).With("collection", collection).With("vector", HalfVector.From(packed.DocumentVector.Span));
        if (generation.CountsParts)
            Add(batch, PartCountSql, state.Key).With("count", packed.Parts.Count);
    }

    private string Link(NpgsqlBatch batch, DocumentState state)
    {
        var named = state.Body!.Select(static p => p.Sha256).OfType<string>().Distinct().ToArray();
        Add(batch, HoldPicturesSql, state.Key).With("named", named);
        Add(batch, DropOtherLinksSql, state.Key).With("named", named);
        Add(batch, AddLinksSql, state.Key).With("named", named);
        // A picture that is lost comes back with the document's next record, which must not be taken for unchanged.
        foreach (var sql in (string[])[DropPartsSql, DropDocumentSql, DropPackedSql])
            Add(batch, sql, state.Key, PictureLost).With("named", named);
        return "linked to the pictures that it names and that are stored";
    }

    private void Drop(NpgsqlBatch batch, DocumentKey key, string guard, bool withLinks)
    {
        foreach (var sql in (string[])[DropPartsSql, DropDocumentSql, DropPackedSql])
            Add(batch, sql, key, guard);
        if (withLinks)
            Add(batch, DropLinksSql, key, guard);
    }

    private NpgsqlBatchCommand Add(NpgsqlBatch batch, string sql, DocumentKey key, string guard = "")
        => batch.Add(GenerationTables.For(sql, generation.Generation.Id).Replace("{guard}", guard, StringComparison.Ordinal)).With("tenant", key.Tenant).With("id", key.Id);
}
