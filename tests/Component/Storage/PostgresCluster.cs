using System.Diagnostics;
using System.Runtime.CompilerServices;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>One real PostgreSQL for all tests that want a database. Each test gets a database of its own, copied from a migrated one.</summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private int _databases;

    public EmbeddedPostgres Server { get; private set; } = null!;

    public string DataFolder { get; } = Path.Combine(Path.GetTempPath(), $"uvlm-test-{Guid.NewGuid():N}");

    public async Task InitializeAsync()
    {
        Server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { DataFolder = DataFolder, MemoryBytes = 2L << 30 });
        try
        {
            // Migrates the database that all others are copied from.
            await using var store = await Store.OpenAsync(new StoreOptions { ConnectionString = Server.ConnectionString });
        }
        catch
        {
            // Nobody disposes a fixture that did not come to be.
            await DisposeAsync();
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        await Server.StopIfUnusedAsync();
        Directory.Delete(DataFolder, recursive: true);
    }

    /// <returns>A connection string of the ordinary login role to a fresh, migrated database.</returns>
    public async Task<string> CreateDatabaseAsync([CallerFilePath] string test = "")
    {
        var name = $"{Path.GetFileNameWithoutExtension(test).ToLowerInvariant()}_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name} OWNER uvlm TEMPLATE uvlm");
        return new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Database = name }.ConnectionString;
    }

    public Task DropDatabaseAsync(string connectionString)
        => ExecuteAsync("postgres", $"DROP DATABASE {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    /// <summary>The superuser's way into the same database: it sees what row-level security hides.</summary>
    public string AsAdmin(string connectionString)
        => new NpgsqlConnectionStringBuilder(Server.AdminConnectionString) { Database = new NpgsqlConnectionStringBuilder(connectionString).Database }.ConnectionString;

    /// <summary>By a backup of the one, restored into the other in the place of what is there.</summary>
    public async Task CopyAsync(string from, string to)
    {
        var (source, target) = (new NpgsqlConnectionStringBuilder(AsAdmin(from)), new NpgsqlConnectionStringBuilder(AsAdmin(to)));
        await ExecuteAsync(target.Database!, "DROP SCHEMA uvlm CASCADE");
        var file = Path.Combine(DataFolder, $"{source.Database}.dump");
        await RunAsync("pg_dump", "-Fc", "-h", source.Host!, "-U", source.Username!, "-f", file, source.Database!);
        await RunAsync("pg_restore", "-e", "-h", target.Host!, "-U", target.Username!, "-d", target.Database!, file);
        File.Delete(file);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(PostgresBinaries.Locate(null).Folder, program), arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }

    private async Task ExecuteAsync(string database, string sql)
    {
        var settings = new NpgsqlConnectionStringBuilder(Server.AdminConnectionString) { Database = database, Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        // Making and dropping a database waits for the disk; what hangs is found by the run itself.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresCluster>
{
    public const string Name = "PostgreSQL";
}
