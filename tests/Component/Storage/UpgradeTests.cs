using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Care.Verification;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Schema;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>A store of every earlier schema, with rows in it, is taken forward: nothing is lost, everything agrees, and it goes on.</summary>
[Collection(PostgresCollection.Name)]
public sealed class UpgradeTests(PostgresCluster cluster) : IAsyncLifetime
{
    private const string Model = "m";
    private const int Dimension = 8;

    /// <summary>The step that made the tables of documents, and so on: rows need their tables.</summary>
    private const int Documents = 2;
    private const int Ingest = 3;
    private const int Inbox = 4;

    private static readonly LogPartition Log = new("group", "kafka:c1/t", "t", 0);

    private string _connectionString = null!;
    private NpgsqlDataSource _eyes = null!;

    public static TheoryData<int> EarlierSchemas => [.. Enumerable.Range(1, MigrationStep.All.Count - 1)];

    public async Task InitializeAsync()
    {
        _connectionString = await cluster.CreateDatabaseAsync();
        _eyes = NpgsqlDataSource.Create(cluster.AsAdmin(_connectionString));
        await ExecuteAsync("DROP SCHEMA uvlm CASCADE");
    }

    public async Task DisposeAsync()
    {
        await _eyes.DisposeAsync();
        await cluster.DropDatabaseAsync(_connectionString);
    }

    [Theory]
    [MemberData(nameof(EarlierSchemas))]
    public async Task An_earlier_store_upgrades_with_its_data(int schema)
    {
        await using (var login = NpgsqlDataSource.Create(_connectionString))
            await new Migrator(login, new MigratorOptions(), NullLogger<Migrator>.Instance).MigrateAsync([.. MigrationStep.All.Take(schema)], CancellationToken.None);
        await FillAsync(schema);

        await using var store = await Store.OpenAsync(new StoreOptions { ConnectionString = _connectionString });
        var ingest = await store.OpenIngestAsync(Model, Dimension);
        var findings = new List<Finding>();
        var summary = await store.Verifier.RunAsync(repair: false, findings.Add, null, CancellationToken.None);
        // Before there was an index, there was no document to show the picture.
        Assert.DoesNotContain(findings, f => f.Kind != FindingKind.Garbage || schema >= Ingest);
        Assert.Equal((schema < Documents ? 0 : schema < Ingest ? 1 : 2, schema < Documents ? 0 : 1), (summary.Documents, summary.Pictures));

        var lease = await ingest.AcquireAsync(Log, "test", CancellationToken.None);
        Assert.Equal(schema < Ingest ? null : 7, lease.NextOffset);
        var written = await ingest.WriteAsync(
            lease, 7, 9, [Make.Upsert(7, "x", 3, "one", images: [[1]]), Make.Upsert(8, "gone", 8, "old")], CancellationToken.None);
        Assert.Equal(new WriteSummary(Upserted: schema < Ingest ? 1 : 0, Unchanged: schema < Ingest ? 0 : 1, Stale: schema < Documents ? 0 : 1, 0, 0),
            written with { Upserted = written.Upserted - (schema < Documents ? 1 : 0) });
        if (schema >= Ingest)
        {
            Assert.Single(await store.DeadLetters.ListAsync(new DeadLetterFilter(), 0, 10, CancellationToken.None));
            var search = await store.OpenSearchAsync(Model, Dimension);
            var found = await search.FindCandidatesAsync(new("a", Make.Embed("one"), "one"), CancellationToken.None);
            Assert.Equal("x", found[0].Id);
            Assert.Single(await search.LoadDocumentsAsync("a", ["x"], CancellationToken.None));
        }
        if (schema >= Inbox)
            Assert.Equal("pushed"u8.ToArray(), Assert.Single(await store.Inbox.ReadAsync(0, 10, long.MaxValue, CancellationToken.None)).Payload.ToArray());
    }

    /// <summary>By hand, as the schema of that time wants it: a tombstone, a document with a picture, a dead letter, a position, a pushed record.</summary>
    private async Task FillAsync(int schema)
    {
        if (schema >= Documents)
        {
            await ExecuteAsync("""
                INSERT INTO uvlm.collection (tenant, name, version_rule) VALUES ('a', 'c', 'explicit');
                INSERT INTO uvlm.tenant_text_config (tenant, text_config) VALUES ('a', 'english');
                INSERT INTO uvlm.document (tenant, id, version, version_rule, content_hash, deleted, sequence, part_count, source_log, source_topic, source_partition, source_offset)
                VALUES ('a', 'gone', 9, 'explicit', '', true, 2, 0, 'kafka:c1/t', 't', 0, 5);
                INSERT INTO uvlm.blob (tenant, sha256, media_type, bytes) VALUES ('a', sha256('\x01'), 'application/octet-stream', '\x01');
                """);
        }
        if (schema < Ingest)
            return;
        var embedding = Make.Embed("one");
        var packed = PackedSequence.Pack(embedding);
        await ExecuteAsync(GenerationTables.Create(1, Dimension).Insert(0, "SET ROLE uvlm_owner;") + "; RESET ROLE");
        await ExecuteAsync($$"""
            INSERT INTO uvlm.index_generation (fingerprint, dimension, state, hnsw_m, ef_construction, switched_at) VALUES ('{{Model}}', {{Dimension}}, 'live', 12, 64, now());
            INSERT INTO uvlm.document (tenant, id, collection, title, language, text_config, body, version, version_rule, content_hash, deleted, sequence, part_count,
                source_log, source_topic, source_partition, source_offset, tsv)
            VALUES ('a', 'x', 'c', 'a title', 'en', 'english',
                jsonb_build_array('{"type":"text","text":"one"}'::jsonb, jsonb_build_object('type', 'image', 'sha256', encode(sha256('\x01'), 'hex'))),
                2, 'explicit', '\x{{Convert.ToHexString(Make.Hash("one"))}}', false, 1, 2, 'kafka:c1/t', 't', 0, 6, uvlm.to_search_vector('english', 'a title', 'one'));
            INSERT INTO uvlm.document_blob (tenant, id, sha256) VALUES ('a', 'x', sha256('\x01'));
            INSERT INTO uvlm.packed_1 (tenant, id, content_hash, vectors) VALUES ('a', 'x', '\x{{Convert.ToHexString(Make.Hash("one"))}}', '\x{{Convert.ToHexString(packed)}}');
            INSERT INTO uvlm.part_vector_1 (tenant, id, part, collection, embedding) VALUES ('a', 'x', 0, 'c', '{{Text(embedding.PartVector(0).Span)}}'), ('a', 'x', 1, 'c', '{{Text(embedding.PartVector(1).Span)}}');
            INSERT INTO uvlm.document_vector_1 (tenant, id, collection, embedding) VALUES ('a', 'x', 'c', '{{Text(embedding.DocumentVector.Span)}}');
            INSERT INTO uvlm.ingest_offset (group_id, log_id, topic, partition, next_offset, owner, epoch) VALUES ('group', 'kafka:c1/t', 't', 0, 7, 'before', 3);
            INSERT INTO uvlm.dead_letter (tenant, document_id, group_id, log_id, topic, partition, log_offset, stage, reason, error_chain, key, payload, header_names, header_values)
            VALUES ('a', 'bad', 'group', 'kafka:c1/t', 't', 0, 4, 'decode', 'bad', '', '', 'payload', '{}', '{}');
            INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data) VALUES ('document.indexed', 'a', 'x', 1, '{}'), ('document.deleted', 'a', 'gone', 2, '{}');
            """);
        if (schema >= Inbox)
            await ExecuteAsync("SELECT uvlm.inbox_append('a', 'key', 'application/json', 'pushed')");
    }

    private static string Text(ReadOnlySpan<float> vector) => $"[{string.Join(',', vector.ToArray().Select(static v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}]";

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _eyes.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
