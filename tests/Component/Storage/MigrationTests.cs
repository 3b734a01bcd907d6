using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Schema;

namespace UnifiedVlm.Tests.Component.Storage;

[Collection(PostgresCollection.Name)]
public sealed class MigrationTests(PostgresCluster cluster) : IAsyncLifetime
{
    private string _connectionString = null!;
    private NpgsqlDataSource _login = null!;

    public async Task InitializeAsync()
    {
        _connectionString = await cluster.CreateDatabaseAsync();
        _login = NpgsqlDataSource.Create(_connectionString);
        // As good as new: the copy came with the schema.
        await ExecuteAsync("DROP SCHEMA uvlm CASCADE");
    }

    public async Task DisposeAsync()
    {
        await _login.DisposeAsync();
        await cluster.DropDatabaseAsync(_connectionString);
    }

    [Fact]
    public async Task Programs_that_start_at_once_apply_each_step_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => MigrateAsync(MigrationStep.All)));

        Assert.Equal(MigrationStep.All.Count, applied.Sum());
        Assert.Equal(4, applied.Count(a => a == 0));
        Assert.Equal(MigrationStep.All.Count, await ScalarAsync<long>("SELECT count(*) FROM uvlm.migration"));
    }

    [Fact]
    public async Task An_older_schema_is_taken_forward()
    {
        await MigrateAsync([.. MigrationStep.All.Take(3)]);
        Assert.Equal(MigrationStep.All.Count - 3, await MigrateAsync(MigrationStep.All));
        await using var store = await Store.OpenAsync(new StoreOptions { ConnectionString = _connectionString });
        await store.OpenIngestAsync("m", 4);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_schema_as_it_was()
    {
        await MigrateAsync(MigrationStep.All);
        var next = MigrationStep.All.Count + 1;
        await Assert.ThrowsAsync<PostgresException>(() => MigrateAsync(
            [.. MigrationStep.All, new(next, "good", "CREATE TABLE uvlm.good (x int)"), new(next + 1, "bad", "CREATE TABLE uvlm.document (x int)")]));

        Assert.Equal(MigrationStep.All.Count, await ScalarAsync<long>("SELECT count(*) FROM uvlm.migration"));
        Assert.False(await ScalarAsync<bool>("SELECT to_regclass('uvlm.good') IS NOT NULL"));
    }

    [Fact]
    public async Task A_newer_schema_is_refused_with_both_numbers()
    {
        await MigrateAsync(MigrationStep.All);
        var error = await Assert.ThrowsAsync<SchemaTooNewException>(() => MigrateAsync([.. MigrationStep.All.Take(2)]));
        Assert.Equal((MigrationStep.All.Count, 2), (error.DatabaseVersion, error.ProgramVersion));
    }

    [Fact]
    public async Task Every_table_is_owned_by_the_owner_role_and_forces_row_level_security_where_it_has_a_tenant()
    {
        await using (var store = await Store.OpenAsync(new StoreOptions { ConnectionString = _connectionString }))
            await store.OpenIngestAsync("m", 4);

        Assert.Equal(0, await ScalarAsync<long>("""
            SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'uvlm' AND c.relkind = 'r' AND c.relowner <> 'uvlm_owner'::regrole
            """));
        Assert.Equal(0, await ScalarAsync<long>("""
            SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
            WHERE n.nspname = 'uvlm' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
            """));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'uvlm\\_%' AND rolname <> 'uvlm_admin' AND (rolbypassrls OR rolsuper OR rolcanlogin)"));
    }

    private Task<int> MigrateAsync(IReadOnlyList<MigrationStep> steps)
        => new Migrator(_login, new MigratorOptions(), NullLogger<Migrator>.Instance).MigrateAsync(steps, CancellationToken.None);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _login.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _login.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
