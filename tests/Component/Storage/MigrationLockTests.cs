using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Storage.Schema;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>A migration beside a query that doesn't end: it neither waits behind it for ever nor holds up others.</summary>
public sealed class MigrationLockTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly MigrationStep[] Steps =
    [
        .. MigrationStep.All, new(MigrationStep.All.Count + 1, "good", "CREATE TABLE uvlm.good (x int)"),
        new(MigrationStep.All.Count + 2, "wider", "ALTER TABLE uvlm.document ADD COLUMN extra int"),
    ];

    [Fact]
    public async Task It_gives_up_and_names_who_is_in_its_way()
    {
        await using var reader = await ReadAsync();
        var impatient = new MigratorOptions { LockTimeout = TimeSpan.FromSeconds(2), Patience = TimeSpan.Zero };
        SchemaLockedException error;
        using var patience = new CancellationTokenSource(Patience);
        do
        {
            patience.Token.ThrowIfCancellationRequested();
            error = await Assert.ThrowsAsync<SchemaLockedException>(() => MigrateAsync(impatient, static _ => { }).WaitAsync(Patience));
        }
        while (error.Holders.Count == 0); // The look from beside came too late, on a busy machine.

        Assert.Equal([$"'a long report' (pid {reader.ProcessID}, user uvlm_admin)"], error.Holders);
        Assert.Contains("a long report", error.Message, StringComparison.Ordinal);
        Assert.Equal(MigrationStep.All.Count, await ScalarAsync<long>("SELECT count(*) FROM uvlm.migration"));
        Assert.False(await ScalarAsync<bool>("SELECT to_regclass('uvlm.good') IS NOT NULL"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document"));
    }

    [Fact]
    public async Task It_goes_on_once_the_lock_is_free()
    {
        await using var reader = await ReadAsync();
        List<string> told = [];
        var hasty = new MigratorOptions { LockTimeout = TimeSpan.FromSeconds(2), FirstPause = TimeSpan.FromMilliseconds(10), Patience = Patience };
        Assert.Equal(2, await MigrateAsync(hasty, line =>
        {
            told.Add(line);
            // Between its attempts, others get through. On a busy machine it may come to a second one before it has seen who holds the lock.
            using var command = new NpgsqlCommand(NamesTheReader(line) ? "SELECT count(*) FROM uvlm.document; ROLLBACK" : "SELECT count(*) FROM uvlm.document", reader);
            command.ExecuteNonQuery();
        }).WaitAsync(Patience));

        Assert.Single(told, NamesTheReader);
        Assert.True(NamesTheReader(told[^1]), told[^1]);
        Assert.Equal(Steps.Length, await ScalarAsync<long>("SELECT count(*) FROM uvlm.migration"));
    }

    [Fact]
    public async Task Who_is_stopped_in_its_midst_keeps_nobody_waiting()
    {
        await using var proxy = new ServerProxy(ConnectionString);
        await using var through = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using var direct = NpgsqlDataSource.Create(ConnectionString);
        var stalled = proxy.Arm(ServerProxy.Fault.Stall, "INSERT INTO uvlm.migration");
        var stopped = Migrate(through, TimeSpan.FromSeconds(1));
        await stalled.WaitAsync(Patience);
        Assert.Equal(2, await Migrate(direct, TimeSpan.FromMinutes(1)).WaitAsync(Patience));
        proxy.Release();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => stopped.WaitAsync(Patience));

        static Task<int> Migrate(NpgsqlDataSource login, TimeSpan idle)
            => new Migrator(login, new MigratorOptions { IdleLimit = idle }, NullLogger<Migrator>.Instance).MigrateAsync(Steps, CancellationToken.None);
    }

    private static bool NamesTheReader(string line) => line.Contains("'a long report'", StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 0.5, 1)]
    [InlineData(3, 2, 4)]
    [InlineData(100, 5, 10)]
    public void Pauses_grow_and_are_drawn_by_lot(int attempts, double least, double most)
        => Assert.InRange(new MigratorOptions().Pause(attempts).TotalSeconds, least, most);

    private async Task<NpgsqlConnection> ReadAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Cluster.AsAdmin(ConnectionString)) { ApplicationName = "a long report", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; SELECT count(*) FROM uvlm.document", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task<int> MigrateAsync(MigratorOptions options, Action<string> warned)
    {
        await using var login = NpgsqlDataSource.Create(ConnectionString);
        return await new Migrator(login, options, new Listener(warned)).MigrateAsync(Steps, CancellationToken.None);
    }

    private sealed class Listener(Action<string> warned) : ILogger<Migrator>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                warned(formatter(state, exception));
        }
    }
}
