using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Bench.Storage;

/// <summary>The same documents into the same tables in several ways.</summary>
internal sealed class WriteBench
{
    public const int Dimension = 256;
    public const int Parts = 10;
    public const int Partitions = 4;

    private const string Clear = """
        TRUNCATE uvlm.document, uvlm.outbox, uvlm.ingest_offset, uvlm.collection, uvlm.tenant_text_config, uvlm.part_vector_1, uvlm.document_vector_1, uvlm.packed_1
        """;

    private const string DropGraphs = "DROP INDEX IF EXISTS uvlm.part_vector_1_hnsw, uvlm.document_vector_1_hnsw";

    private const string MakeGraphs = """
        CREATE INDEX IF NOT EXISTS part_vector_1_hnsw ON uvlm.part_vector_1 USING hnsw (embedding halfvec_ip_ops) WITH (m = {m}, ef_construction = {ef});
        CREATE INDEX IF NOT EXISTS document_vector_1_hnsw ON uvlm.document_vector_1 USING hnsw (embedding halfvec_ip_ops) WITH (m = {m}, ef_construction = {ef})
        """;

    private const string Staging = """
        CREATE TEMP TABLE IF NOT EXISTS staging (tenant text, id text, part int, collection text, embedding halfvec) ON COMMIT DELETE ROWS
        """;

    private const string FromArrays = "INSERT INTO uvlm.part_vector_1 SELECT * FROM unnest(@tenants, @ids, @parts, @collections, @vectors)";
    private const string FromStaging = "INSERT INTO uvlm.part_vector_1 SELECT * FROM staging";
    private const string IntoStaging = "COPY staging FROM STDIN (FORMAT binary)";
    private const string IntoParts = "COPY uvlm.part_vector_1 FROM STDIN (FORMAT binary)";
    private const string IntoDocuments = "COPY uvlm.document_vector_1 FROM STDIN (FORMAT binary)";
    private const string IntoPacked = "COPY uvlm.packed_1 FROM STDIN (FORMAT binary)";

    private const string IntoBodies = """
        COPY uvlm.document (tenant, id, collection, body, version, version_rule, content_hash, deleted, sequence, part_count, source_log, source_topic,
            source_partition, source_offset, tsv) FROM STDIN (FORMAT binary)
        """;

    private static readonly HnswOptions Hnsw = new();
    private static readonly LogPartition Log = new("bench", "bench", "bench", 0);
    private readonly Store _store;
    private readonly NpgsqlDataSource _admin;
    private readonly DocumentUpsert[] _upserts;
    private readonly (string Id, byte[] Json)[] _records;
    private readonly NullModel _model;
    private readonly int _range;
    private IngestStore? _ingest;

    public WriteBench(Store store, int documents, int range)
    {
        _store = store;
        _range = range;
        _admin = NpgsqlDataSource.Create(store.Embedded!.AdminConnectionString);
        var random = new Random(1);
        var words = Enumerable.Range(0, 5000).Select(i => $"w{random.Next():x}").ToArray();
        _upserts = [.. Enumerable.Range(0, documents).Select(i => Document(i, random, words))];
        _records = [.. _upserts.Select(static u => (u.Document.Id, DocumentJson.Serialize(u.Document)))];
        _model = new NullModel(_upserts);
    }

    public IEnumerable<(string Name, Func<Task> Action)> Measurements =>
    [
        ("warm-up: WriteAsync, without HNSW", () => WithoutGraphsAsync(WriteAsync)),
        ("binary COPY into all tables as superuser, without HNSW", () => WithoutGraphsAsync(CopyAllAsync)),
        ("WriteAsync, without HNSW", () => WithoutGraphsAsync(WriteAsync)),
        ("pipeline with a null encoder, without HNSW", () => WithoutGraphsAsync(PipeAsync)),
        ("WriteAsync, with HNSW", () => WithGraphsAsync(WriteAsync)),
        ("WriteAsync again, every document unchanged", () => WithGraphsAsync(WriteAsync)),
        ("pipeline with a null encoder, with HNSW", () => AnewWithGraphsAsync(PipeAsync)),
        ("part vectors alone: arrays, INSERT ... SELECT FROM unnest", () => WithoutGraphsAsync(ArraysAsync)),
        ("part vectors alone: COPY into a staging table, INSERT ... SELECT", () => WithoutGraphsAsync(StageAsync)),
        ("part vectors alone: COPY straight into the table", () => WithoutGraphsAsync(() => CopyPartsAsync(IntoParts, null))),
    ];

    /// <summary>The two ways of the product.</summary>
    public IEnumerable<(string Name, Func<Task> Action)> WithoutHnsw =>
        [("WriteAsync", () => WithoutGraphsAsync(WriteAsync)), ("the pipeline with a null encoder", () => WithoutGraphsAsync(PipeAsync))];

    public async Task PrepareAsync() => _ingest ??= await _store.OpenIngestAsync("bench", Dimension);

    private async Task WriteAsync()
    {
        var lease = await _ingest!.AcquireAsync(Log, "bench", CancellationToken.None);
        var first = lease.NextOffset ?? 0;
        foreach (var range in _upserts.Chunk(_range))
        {
            var moved = range.Select((u, i) => (RecordOutcome)(u with { Offset = first + i })).ToArray();
            await _ingest.WriteAsync(lease, first, first + moved.Length, moved, CancellationToken.None);
            first += moved.Length;
        }
    }

    /// <summary>The product's pipeline as a node runs it, from JSON to the store, with an encoder that costs nothing.</summary>
    private async Task PipeAsync()
    {
        var (records, model) = (_records, _model);
        await using var pipeline = new IngestPipeline(
            _ingest!, model, model, new RecordDecoder(DocumentReadOptions.Default), new IngestPipelineOptions(), NullLogger.Instance);
        await pipeline.RunAsync([new MemorySource(records, Partitions)], CancellationToken.None);
        var totals = pipeline.Status().Totals;
        if (totals.Upserted != records.Length)
            throw new InvalidOperationException($"{totals.Upserted} of {records.Length} documents were stored.");
    }

    private async Task WithoutGraphsAsync(Func<Task> action)
    {
        await ExecuteAsync(Clear + ";" + DropGraphs);
        await action();
    }

    private async Task WithGraphsAsync(Func<Task> action)
    {
        var present = await ScalarAsync("SELECT count(*) FROM pg_indexes WHERE schemaname = 'uvlm' AND indexname = 'part_vector_1_hnsw'");
        if (present == 0)
            await ExecuteAsync(Clear + ";" + MakeGraphs.Replace("{m}", $"{Hnsw.M}", StringComparison.Ordinal).Replace("{ef}", $"{Hnsw.EfConstruction}", StringComparison.Ordinal));
        await action();
    }

    private async Task AnewWithGraphsAsync(Func<Task> action)
    {
        await ExecuteAsync(Clear);
        await WithGraphsAsync(action);
    }

    private async Task ArraysAsync()
    {
        await using var connection = await _store.Sources.Ingest.OpenConnectionAsync();
        foreach (var range in _upserts.Chunk(_range))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var batch = new NpgsqlBatch(connection);
            var parts = range.SelectMany(u => Enumerable.Range(0, Parts).Select(p => (u.Document, Part: p, Vector: HalfVector.From(u.Embedding!.PartVector(p).Span)))).ToArray();
            batch.Add(FromArrays)
                .With("tenants", parts.Select(p => p.Document.Tenant)).With("ids", parts.Select(p => p.Document.Id)).With("parts", parts.Select(p => p.Part))
                .With("collections", parts.Select(p => p.Document.Collection)).With("vectors", parts.Select(p => p.Vector));
            await batch.ExecuteNonQueryAsync();
            await transaction.CommitAsync();
        }
    }

    private async Task StageAsync()
    {
        await using var connection = await _admin.OpenConnectionAsync();
        await using (var staging = new NpgsqlCommand(Staging, connection))
            await staging.ExecuteNonQueryAsync();
        await CopyPartsAsync(IntoStaging, FromStaging, connection);
    }

    private async Task CopyPartsAsync(string copy, string? then, NpgsqlConnection? given = null)
    {
        var connection = given ?? await _admin.OpenConnectionAsync();
        foreach (var range in _upserts.Chunk(_range))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var writer = await connection.BeginBinaryImportAsync(copy))
            {
                foreach (var upsert in range)
                    await PartRowsAsync(writer, upsert);
                await writer.CompleteAsync();
            }
            if (then is not null)
            {
                await using var insert = new NpgsqlCommand(then, connection);
                await insert.ExecuteNonQueryAsync();
            }
            await transaction.CommitAsync();
        }
        if (given is null)
            await connection.DisposeAsync();
    }

    private async Task CopyAllAsync()
    {
        await using var connection = await _admin.OpenConnectionAsync();
        foreach (var range in _upserts.Chunk(_range))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var writer = await connection.BeginBinaryImportAsync(IntoBodies))
            {
                foreach (var upsert in range)
                    await BodyRowAsync(writer, upsert);
                await writer.CompleteAsync();
            }
            await using (var writer = await connection.BeginBinaryImportAsync(IntoParts))
            {
                foreach (var upsert in range)
                    await PartRowsAsync(writer, upsert);
                await writer.CompleteAsync();
            }
            await using (var writer = await connection.BeginBinaryImportAsync(IntoDocuments))
            {
                foreach (var upsert in range)
                    await RowAsync(writer, upsert, upsert.Document.Collection, Wire(upsert.Embedding!.DocumentVector.Span));
                await writer.CompleteAsync();
            }
            await using (var writer = await connection.BeginBinaryImportAsync(IntoPacked))
            {
                foreach (var upsert in range)
                    await RowAsync(writer, upsert, upsert.ContentHash.ToArray(), Wire(upsert.Embedding!.PartVectors.Span));
                await writer.CompleteAsync();
            }
            await transaction.CommitAsync();
        }
    }

    private static async Task BodyRowAsync(NpgsqlBinaryImporter writer, DocumentUpsert upsert)
    {
        await writer.StartRowAsync();
        await writer.WriteAsync(upsert.Document.Tenant, NpgsqlDbType.Text);
        await writer.WriteAsync(upsert.Document.Id, NpgsqlDbType.Text);
        await writer.WriteAsync(upsert.Document.Collection, NpgsqlDbType.Text);
        await writer.WriteAsync($$"""[{"type":"text","text":"{{((TextPart)upsert.Document.Parts[0]).Text}}"}]""", NpgsqlDbType.Jsonb);
        await writer.WriteAsync(1L, NpgsqlDbType.Bigint);
        await writer.WriteAsync("explicit", NpgsqlDbType.Text);
        await writer.WriteAsync(upsert.ContentHash.ToArray(), NpgsqlDbType.Bytea);
        await writer.WriteAsync(false, NpgsqlDbType.Boolean);
        await writer.WriteAsync(1L, NpgsqlDbType.Bigint);
        await writer.WriteAsync(Parts, NpgsqlDbType.Integer);
        await writer.WriteAsync("bench", NpgsqlDbType.Text);
        await writer.WriteAsync("bench", NpgsqlDbType.Text);
        await writer.WriteAsync(0, NpgsqlDbType.Integer);
        await writer.WriteAsync(upsert.Offset, NpgsqlDbType.Bigint);
        // COPY can't compute: the words come as a vector made beforehand, which is that much less to do.
        await writer.WriteAsync(NpgsqlTsVector.Empty, NpgsqlDbType.TsVector);
    }

    private static async Task PartRowsAsync(NpgsqlBinaryImporter writer, DocumentUpsert upsert)
    {
        for (var part = 0; part < Parts; part++)
        {
            await writer.StartRowAsync();
            await writer.WriteAsync(upsert.Document.Tenant, NpgsqlDbType.Text);
            await writer.WriteAsync(upsert.Document.Id, NpgsqlDbType.Text);
            await writer.WriteAsync(part, NpgsqlDbType.Integer);
            await writer.WriteAsync(upsert.Document.Collection, NpgsqlDbType.Text);
            await writer.WriteAsync(Wire(upsert.Embedding!.PartVector(part).Span), NpgsqlDbType.Bytea);
        }
    }

    private static async Task RowAsync<T>(NpgsqlBinaryImporter writer, DocumentUpsert upsert, T third, byte[] fourth)
    {
        await writer.StartRowAsync();
        await writer.WriteAsync(upsert.Document.Tenant, NpgsqlDbType.Text);
        await writer.WriteAsync(upsert.Document.Id, NpgsqlDbType.Text);
        await writer.WriteAsync(third, third is string ? NpgsqlDbType.Text : NpgsqlDbType.Bytea);
        await writer.WriteAsync(fourth, NpgsqlDbType.Bytea);
    }

    /// <summary>halfvec on the wire; COPY takes the bytes as they are.</summary>
    private static byte[] Wire(ReadOnlySpan<float> values)
    {
        var bytes = new byte[4 + 2 * values.Length];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)values.Length);
        var halves = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan(4));
        for (var i = 0; i < values.Length; i++)
            halves[i] = BinaryPrimitives.ReverseEndianness(BitConverter.HalfToUInt16Bits((Half)values[i]));
        return bytes;
    }

    private static DocumentUpsert Document(int number, Random random, string[] words)
    {
        var text = string.Join(' ', Enumerable.Range(0, 200).Select(_ => words[random.Next(words.Length)]));
        var vectors = new float[(Parts + 1) * Dimension];
        for (var row = 0; row <= Parts; row++)
        {
            var span = vectors.AsSpan(row * Dimension, Dimension);
            var norm = 0f;
            for (var i = 0; i < Dimension; i++)
            {
                span[i] = (float)(random.NextDouble() - 0.5);
                norm += span[i] * span[i];
            }
            for (var i = 0; i < Dimension; i++)
                span[i] /= MathF.Sqrt(norm);
        }
        var embedding = new SequenceEmbedding(
            Dimension, [.. Enumerable.Range(0, Parts).Select(p => new EmbeddedPart(0, PartKind.Text, p, 1))],
            vectors.AsMemory(0, Parts * Dimension), vectors.AsMemory(Parts * Dimension));
        var document = new InterleavedDocument
        {
            Id = number.ToString("x8", CultureInfo.InvariantCulture),
            Language = "en",
            Parts = [new TextPart(text)],
        };
        return new DocumentUpsert(number, document, DocumentVersion.Explicit(1), SHA256.HashData(BitConverter.GetBytes(number)), embedding, []);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = _admin.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
