using Npgsql;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>What a reader of one tenant can reach, with statements that forget the tenant on purpose.</summary>
public sealed class IsolationTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly string[] TenantTables =
        ["collection", "document", "blob", "document_blob", "tenant_text_config", "dead_letter", "inbox", "part_vector_1", "document_vector_1", "packed_1"];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var tenant in (string[])["a", "b"])
        {
            await WriteAsync(
                Make.Upsert(tenant[0] * 10, "x", 1, $"secret words of {tenant}", tenant: tenant, images: [[1, (byte)tenant[0]]]),
                Make.Dead(tenant[0] * 10 + 1, tenant: tenant));
            await Store.Inbox.AppendAsync([new(tenant, "x", "application/json", "{}"u8.ToArray())], "key", new byte[32], CancellationToken.None);
        }
    }

    [Fact]
    public async Task Without_a_tenant_nothing_is_seen()
    {
        await using var connection = await Store.Sources.App.OpenConnectionAsync();
        foreach (var table in TenantTables)
            Assert.Equal(0L, await CountAsync(connection, $"SELECT count(*) FROM uvlm.{table}"));
    }

    [Fact]
    public async Task With_a_tenant_only_its_rows_are_seen_in_every_table()
    {
        await using var transaction = await TenantTransaction.OpenAsync(Store.Sources.App, "a", CancellationToken.None);
        await CountAsync(transaction.Connection, "SELECT length(set_config('app.tenant', 'a', true))::bigint");
        foreach (var table in TenantTables)
        {
            Assert.True(await CountAsync(transaction.Connection, $"SELECT count(*) FROM uvlm.{table}") > 0, table);
            Assert.Equal(0L, await CountAsync(transaction.Connection, $"SELECT count(*) FROM uvlm.{table} WHERE tenant <> 'a'"));
        }
    }

    [Fact]
    public async Task The_tenant_ends_with_its_transaction_and_the_role_stays_with_the_connection()
    {
        await With_a_tenant_only_its_rows_are_seen_in_every_table();
        // The pool has one connection so far: this is the same one.
        await using var connection = await Store.Sources.App.OpenConnectionAsync();
        Assert.Equal(0L, await CountAsync(connection, "SELECT count(*) FROM uvlm.document"));
        Assert.Equal(1L, await CountAsync(connection, "SELECT (current_user = 'uvlm_app')::int::bigint"));
    }

    [Theory]
    [InlineData("INSERT INTO uvlm.document SELECT * FROM uvlm.document")]
    [InlineData("UPDATE uvlm.document SET title = 'x'")]
    [InlineData("DELETE FROM uvlm.part_vector_1")]
    [InlineData("SELECT count(*) FROM uvlm.ingest_offset")]
    [InlineData("SELECT count(*) FROM uvlm.outbox")]
    [InlineData("SELECT count(*) FROM uvlm.api_key")]
    [InlineData("ALTER TABLE uvlm.document NO FORCE ROW LEVEL SECURITY")]
    [InlineData("CREATE TABLE uvlm.mine (x int)")]
    [InlineData("SELECT count(*) FROM uvlm.search_text('b', NULL, 'secret', 10)")]
    [InlineData("SELECT count(*) FROM uvlm.search_text(NULL, NULL, 'secret', 10)")]
    [InlineData("SELECT count(*) FROM uvlm.search_text('b', NULL, 'secret', NULL, NULL, NULL, NULL, false, 10)")]
    [InlineData("SELECT count(*) FROM uvlm.search_words('b', NULL, 'secret', NULL, NULL, NULL, NULL, false, 10)")]
    [InlineData("SELECT count(*) FROM uvlm.search_text(NULL, NULL, 'secret', NULL, NULL, NULL, NULL, false, 10)")]
    [InlineData("SELECT count(*) FROM uvlm.search_words(NULL, NULL, 'secret', NULL, NULL, NULL, NULL, false, 10)")]
    [InlineData("SELECT count(*) FROM uvlm.filter_documents('b', NULL, 'exists($)', '{}', false, NULL, NULL, NULL, 10)")]
    [InlineData("SELECT count(*) FROM uvlm.filter_documents(NULL, NULL, 'exists($)', '{}', false, NULL, NULL, NULL, 10)")]
    [InlineData("SELECT length(uvlm.inbox_append('b', NULL, 'text/plain', '\\x00')::text)::bigint")]
    [InlineData("SELECT length(uvlm.inbox_append('{b}'::text[], '{x}'::text[], '{t}'::text[], '{x}'::bytea[], NULL, '\\x00')::text)::bigint")]
    public async Task What_a_reader_has_no_business_with_is_refused(string sql)
    {
        await using var transaction = await TenantTransaction.OpenAsync(Store.Sources.App, "a", CancellationToken.None);
        await CountAsync(transaction.Connection, "SELECT length(set_config('app.tenant', 'a', true))::bigint");
        var error = await Assert.ThrowsAsync<PostgresException>(() => CountAsync(transaction.Connection, sql));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
    }

    [Fact]
    public async Task Full_text_finds_only_the_tenants_own_documents()
    {
        await using var transaction = await TenantTransaction.OpenAsync(Store.Sources.App, "a", CancellationToken.None);
        await CountAsync(transaction.Connection, "SELECT length(set_config('app.tenant', 'a', true))::bigint");
        Assert.Equal(1L, await CountAsync(transaction.Connection, "SELECT count(*) FROM uvlm.search_text('a', NULL, 'secret', 10)"));
        Assert.Equal(1L, await CountAsync(transaction.Connection, "SELECT count(*) FROM uvlm.search_text('a', NULL, 'secret', NULL, NULL, NULL, NULL, false, 10)"));
        Assert.Equal(1L, await CountAsync(transaction.Connection, "SELECT count(*) FROM uvlm.search_words('a', NULL, 'secret', NULL, NULL, NULL, NULL, false, 10)"));
        Assert.Equal(1L, await CountAsync(transaction.Connection, "SELECT count(*) FROM uvlm.filter_documents('a', NULL, 'exists($)', '{}', false, NULL, NULL, NULL, 10)"));

        // Tables and operators of the caller's making must not be taken for the function's own.
        await CountAsync(transaction.Connection, "SELECT length(set_config('search_path', 'pg_temp, uvlm', true))::bigint");
        Assert.Equal(1L, await CountAsync(transaction.Connection, "SELECT count(*) FROM uvlm.search_text('a', NULL, 'secret', 10)"));
        Assert.Equal(1L, await CountAsync(transaction.Connection, "SELECT count(*) FROM uvlm.search_words('a', NULL, 'secret', NULL, NULL, NULL, NULL, false, 10)"));
    }

    /// <summary>Why there is a function at all: under the policy the index on the words is not used, in the function it is.</summary>
    [Fact]
    public async Task Full_text_uses_its_index_in_the_function_and_could_not_outside_of_it()
    {
        await ExecuteAsync("""
            INSERT INTO uvlm.document (tenant, id, collection, version, version_rule, content_hash, deleted, sequence, part_count, source_log, source_topic,
                source_partition, source_offset, tsv)
            SELECT 'a', 'many' || i, 'c', 1, 'explicit', '', false, 1, 0, '', '', 0, 0, to_tsvector('simple', 'common word' || i) FROM generate_series(1, 20000) i;
            ANALYZE uvlm.document
            """);
        const string query = "EXPLAIN SELECT id FROM uvlm.document WHERE tenant = 'a' AND tsv @@ websearch_to_tsquery('simple', 'word777')";
        await using var admin = await OpenAdminAsync();
        await using (var transaction = await admin.BeginTransactionAsync())
        {
            await ExecuteOnAsync(admin, "SET LOCAL ROLE uvlm_app; SET LOCAL app.tenant = 'a'");
            Assert.DoesNotContain("document_tsv", await ExplainAsync(admin, query), StringComparison.Ordinal);
        }
        await using (var transaction = await admin.BeginTransactionAsync())
        {
            await ExecuteOnAsync(admin, "SET LOCAL ROLE uvlm_fulltext; SET LOCAL app.tenant = 'a'");
            Assert.Contains("document_tsv", await ExplainAsync(admin, query), StringComparison.Ordinal);
        }
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync() ?? 0L);
    }

    private static async Task ExecuteOnAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> ExplainAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var plan = "";
        while (await reader.ReadAsync())
            plan += reader.GetString(0) + "\n";
        return plan;
    }
}
