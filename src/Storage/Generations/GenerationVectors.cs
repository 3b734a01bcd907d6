using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Generations;

/// <summary>A document's vectors, and the content that they were made from.</summary>
internal readonly record struct EncodedDocument(DocumentKey Key, string Collection, ReadOnlyMemory<byte> ContentHash, SequenceEmbedding Embedding);

/// <summary>Takes documents' rows out of the tables of a generation and puts them in, set by set. Whoever does it holds the documents' locks.</summary>
internal static class GenerationVectors
{
    private const string DropPartsSql = "DELETE FROM uvlm.part_vector_{g} v USING unnest(@tenants, @ids) AS k (tenant, id) WHERE v.tenant = k.tenant AND v.id = k.id";
    private const string DropDocumentsSql = "DELETE FROM uvlm.document_vector_{g} v USING unnest(@tenants, @ids) AS k (tenant, id) WHERE v.tenant = k.tenant AND v.id = k.id";
    private const string DropPackedSql = "DELETE FROM uvlm.packed_{g} v USING unnest(@tenants, @ids) AS k (tenant, id) WHERE v.tenant = k.tenant AND v.id = k.id";

    private const string PartsSql = """
        INSERT INTO uvlm.part_vector_{g} (tenant, id, part, collection, embedding)
        SELECT * FROM unnest(@tenants, @ids, @parts, @collections, @vectors)
        """;

    private const string DocumentVectorsSql = """
        INSERT INTO uvlm.document_vector_{g} (tenant, id, collection, embedding)
        SELECT * FROM unnest(@tenants, @ids, @collections, @vectors)
        """;

    private const string PackedSql = """
        INSERT INTO uvlm.packed_{g} (tenant, id, content_hash, vectors)
        SELECT * FROM unnest(@tenants, @ids, @hashes, @packed)
        """;

    /// <summary>What a document of this many parts sends, for whoever keeps messages small.</summary>
    public static long Bytes(SequenceEmbedding embedding) => embedding.PartVectors.Length * (long)sizeof(ushort);

    public static void AddDrops(this NpgsqlBatch batch, int generation, IReadOnlyList<DocumentKey> keys)
    {
        var tenants = keys.Select(k => k.Tenant).ToArray();
        var ids = keys.Select(k => k.Id).ToArray();
        foreach (var sql in (string[])[DropPartsSql, DropDocumentsSql, DropPackedSql])
            batch.Add(GenerationTables.For(sql, generation)).With("tenants", tenants).With("ids", ids);
    }

    public static void AddVectors(this NpgsqlBatch batch, int generation, IReadOnlyList<EncodedDocument> encoded)
    {
        var rows = encoded.Sum(e => e.Embedding.Parts.Count);
        var (tenants, ids, collections) = (new string[rows], new string[rows], new string[rows]);
        var (parts, vectors) = (new int[rows], new HalfVector[rows]);
        var (packed, documents) = (new byte[encoded.Count][], new HalfVector[encoded.Count]);
        var row = 0;
        for (var i = 0; i < encoded.Count; i++)
        {
            var embedding = encoded[i].Embedding;
            packed[i] = PackedSequence.Pack(embedding);
            documents[i] = PackedSequence.Vector(packed[i], embedding, embedding.Parts.Count);
            for (var part = 0; part < embedding.Parts.Count; part++, row++)
            {
                (tenants[row], ids[row], collections[row]) = (encoded[i].Key.Tenant, encoded[i].Key.Id, encoded[i].Collection);
                (parts[row], vectors[row]) = (part, PackedSequence.Vector(packed[i], embedding, part));
            }
        }
        batch.Add(GenerationTables.For(PartsSql, generation))
            .With("tenants", tenants).With("ids", ids).With("parts", parts).With("collections", collections).With("vectors", vectors);
        tenants = [.. encoded.Select(e => e.Key.Tenant)];
        ids = [.. encoded.Select(e => e.Key.Id)];
        batch.Add(GenerationTables.For(DocumentVectorsSql, generation))
            .With("tenants", tenants).With("ids", ids).With("collections", encoded.Select(e => e.Collection)).With("vectors", documents);
        batch.Add(GenerationTables.For(PackedSql, generation))
            .With("tenants", tenants).With("ids", ids).With("hashes", encoded.Select(e => e.ContentHash)).With("packed", packed);
    }
}
