using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Tests.Component.Streams;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>A server that does not write any more though connections to it stay good, as a primary does that was made a standby; and limits of the login role.</summary>
public sealed class FailoverTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    /// <summary>More than there are connections that the change of the server has broken.</summary>
    private const int Tries = 32;

    private string Name => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    [Fact]
    public async Task A_write_that_is_refused_for_being_read_only_goes_on_by_a_new_connection()
    {
        var log = new ReadOnlyLog();
        using var loggers = new OneLogger(log);
        await using var store = await Store.OpenAsync(Options, loggers);
        var ingest = await store.OpenIngestAsync(Model, Dimension);
        var lease = await ingest.AcquireAsync(Log, "test", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, 1, [Make.Upsert(0, "x", 1, "one")], CancellationToken.None);
        await BecomeReadOnlyAsync();

        var writing = ingest.WriteAsync(lease, 1, 2, [Make.Upsert(1, "x", 2, "two")], CancellationToken.None);
        await log.Seen.Task.WaitAsync(Patience);
        await WriteAgainAsync();

        Assert.Equal(1, (await writing.WaitAsync(Patience)).Upserted);
        Assert.Equal(["x|2"], await RowsAsync("SELECT id, version FROM uvlm.document"));
    }

    [Fact]
    public async Task A_beat_that_is_refused_for_being_read_only_is_no_reason_for_the_next_one_to_be()
    {
        var lifetime = TimeSpan.FromMinutes(5);
        var epoch = await Store.Members.JoinAsync(new MemberInfo("n", NodeRoles.Query, null, null, null, null, "test"), lifetime, CancellationToken.None);
        Task BeatAsync() => Store.Members.BeatAsync("n", epoch, MemberState.Ready, new MemberLoad(0, 0, 0, 0), lifetime, CancellationToken.None);
        await BecomeReadOnlyAsync();
        var failure = await Record.ExceptionAsync(BeatAsync);
        for (var i = 0; i < Tries && !IsReadOnly(failure); i++)
            failure = await Record.ExceptionAsync(BeatAsync);
        Assert.True(IsReadOnly(failure), $"{failure}");

        await WriteAgainAsync();
        for (var i = 0; i < Tries && failure is not null; i++)
            failure = await Record.ExceptionAsync(BeatAsync);
        Assert.Null(failure);
    }

    /// <summary>To who asks, what such a limit ends looks cancelled, and a node that writes would stop for it.</summary>
    [Fact]
    public async Task A_limit_of_the_login_role_does_not_count_for_who_writes_ranges()
    {
        await ExecuteAsync($"ALTER DATABASE {Name} SET statement_timeout = '1min'");
        await using var store = await Store.OpenAsync(Options);
        await using var connection = await store.Sources.Ingest.OpenConnectionAsync();
        await using var show = new NpgsqlCommand("SHOW statement_timeout", connection);
        Assert.Equal("0", (string?)await show.ExecuteScalarAsync());
    }

    private static bool IsReadOnly(Exception? failure) => failure is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>For all sessions to come, and there are none but those to come.</summary>
    private async Task BecomeReadOnlyAsync()
    {
        await ExecuteAsync($"ALTER DATABASE {Name} SET default_transaction_read_only = on");
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    /// <summary>Sessions that are there already stay as they are.</summary>
    private Task WriteAgainAsync() => ExecuteAsync($"ALTER DATABASE {Name} RESET default_transaction_read_only");

    private sealed class ReadOnlyLog : ILogger
    {
        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsReadOnly(exception))
                Seen.TrySetResult();
        }
    }
}
