using Npgsql;

namespace UnifiedVlm.Chaos.Server;

/// <summary>Holds up one node's writes in mid-transaction for as long as it lives (chaos.sql: <c>chaos.meddle</c>).</summary>
internal sealed class WriterGate : IAsyncDisposable
{
    private const string WaitingSql = """
        SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4990199 AND objid = {0} AND NOT granted)
        """;

    private readonly ChaosServer server;
    private readonly NpgsqlConnection connection;
    private readonly int slot;

    private WriterGate(ChaosServer server, NpgsqlConnection connection, int slot)
    {
        this.server = server;
        this.connection = connection;
        this.slot = slot;
    }

    public static async Task<WriterGate> CloseAsync(ChaosServer server, int slot)
    {
        var connection = await server.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT pg_advisory_lock(4990199, {slot})", connection);
        await command.ExecuteNonQueryAsync();
        return new WriterGate(server, connection, slot);
    }

    /// <summary>Whether a write of the node stands before the gate.</summary>
    public Task<bool> IsWaitedForAsync() => server.ScalarAsync<bool>(string.Format(System.Globalization.CultureInfo.InvariantCulture, WaitingSql, slot));

    /// <summary>Opens it.</summary>
    public async ValueTask DisposeAsync()
    {
        await using (var command = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", connection))
            await command.ExecuteNonQueryAsync();
        await connection.DisposeAsync();
    }
}
