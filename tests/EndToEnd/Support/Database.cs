using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Embedded;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>The store seen by its superuser, past the program and past row-level security.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly EmbeddedPostgres server;
    private readonly NpgsqlDataSource source;

    private Database(EmbeddedPostgres server)
    {
        this.server = server;
        source = NpgsqlDataSource.Create(server.AdminConnectionString);
    }

    /// <summary>As the program connects.</summary>
    public string ConnectionString => server.ConnectionString;

    /// <summary>Whether the server goes on after disposal although no program uses it.</summary>
    public bool LeaveRunning { get; set; }

    public static async Task<Database> OpenAsync(EmbeddedPostgresOptions options) => new(await EmbeddedPostgres.StartAsync(options));

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"No row: {sql}"));
    }

    /// <returns>A line a row, its columns joined by a bar; null is empty.</returns>
    public async Task<List<string>> RowsAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return rows;
    }

    /// <summary>
    /// From here on no member's beat is late, however slow the machine: a living node that is taken for gone would be a story of its own. Who leaves is gone at once
    /// all the same.
    /// </summary>
    public async Task KeepMembersAsync() => await RowsAsync(
        """
        CREATE FUNCTION public.live_on() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.expires_at > clock_timestamp() THEN NEW.expires_at := NEW.expires_at + interval '5 min'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER live_on BEFORE INSERT OR UPDATE ON uvlm.member FOR EACH ROW EXECUTE FUNCTION public.live_on();
        """);

    /// <summary>A session of its own that has run the statement in a transaction and keeps what it took, a lock for example, until it is disposed of; nothing is committed.</summary>
    public async Task<IAsyncDisposable> HoldAsync(string sql)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.AdminConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; " + sql, connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Waits until the query is true.</summary>
    public Task UntilAsync(string sql, Func<string>? what = null) => Waiting.UntilAsync(() => ScalarAsync<bool>(sql), what ?? (() => sql));

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await server.DisposeAsync();
        if (!LeaveRunning)
            await server.StopIfUnusedAsync();
    }
}
