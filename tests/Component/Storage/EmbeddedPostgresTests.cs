using System.Diagnostics;
using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>The private cluster's whole life, each test with one of its own.</summary>
public sealed class EmbeddedPostgresTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"uvlm-pg-{Guid.NewGuid():N}"[..20]);
    private readonly List<EmbeddedPostgres> _started = [];

    private EmbeddedPostgresOptions Options => new() { DataFolder = _folder, MemoryBytes = 1L << 30 };

    private string PidFile => Path.Combine(_folder, "cluster", "postmaster.pid");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var postgres in _started)
            await postgres.StopIfUnusedAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_starts_keeps_data_and_stops_with_its_last_user()
    {
        var first = await StartAsync();
        Assert.False(first.Adopted);
        await ExecuteAsync(first, "CREATE TABLE kept (x int)");
        var second = await StartAsync();
        Assert.True(second.Adopted);

        Assert.False(await first.StopIfUnusedAsync());
        await ExecuteAsync(second, "INSERT INTO kept VALUES (1)");
        Assert.True(await second.StopIfUnusedAsync());
        Assert.False(File.Exists(PidFile));

        var third = await StartAsync();
        Assert.False(third.Adopted);
        Assert.Equal(1L, await ExecuteAsync(third, "SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task Root_that_may_not_look_into_other_users_processes_finds_the_server_all_the_same()
    {
        await StartAsync();
        var paths = new ClusterPaths(_folder);
        var server = PostmasterProcess.FindRunning(paths);
        Assert.NotNull(server);
        Assert.Equal(server, PostmasterProcess.FindRunning(paths, static _ => null));

        var owner = new PostgresCommand(Environment.IsPrivilegedProcess ? "postgres" : Environment.UserName, Environment.IsPrivilegedProcess);
        var seen = await PostmasterProcess.FindAllAsync(paths, owner, Patience, CancellationToken.None);
        Assert.True(seen.Count > 1 && seen.Contains(server.Value), string.Join(' ', seen));
        if (Environment.IsPrivilegedProcess)
            Assert.Contains(server.Value, await PostmasterProcess.FindAllAsync(paths, owner, Patience, CancellationToken.None, static _ => null));

        // The number of somebody else.
        var stranger = Path.Combine(_folder, "stranger");
        Directory.CreateDirectory(Path.Combine(stranger, "cluster"));
        await File.WriteAllTextAsync(Path.Combine(stranger, "cluster", "postmaster.pid"), $"{Environment.ProcessId}\n");
        Assert.Null(PostmasterProcess.FindRunning(new ClusterPaths(stranger), static _ => null));
    }

    [Fact]
    public async Task A_user_that_was_killed_does_not_count_as_a_user()
    {
        var postgres = await StartAsync();
        // The lock of another process, which then dies without a word.
        using var other = Process.Start(new ProcessStartInfo("flock", ["--shared", "--no-fork", Path.Combine(_folder, "clients.lock"), "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true })!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync().WaitAsync(Patience));
        Assert.False(await postgres.StopIfUnusedAsync());
        var again = await StartAsync();
        other.Kill();
        await other.WaitForExitAsync().WaitAsync(Patience);

        Assert.True(await again.StopIfUnusedAsync());
    }

    [Fact]
    public async Task Processes_that_start_at_once_share_one_server()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));
        Assert.Equal(3, all.Count(p => p.Adopted));
        var answers = await Task.WhenAll(all.Select(p => ExecuteAsync(p, "SELECT extract(epoch FROM pg_postmaster_start_time())::bigint")));
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task A_server_that_was_killed_is_recovered_with_all_that_was_committed()
    {
        var postgres = await StartAsync();
        await ExecuteAsync(postgres, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS x");
        // A backend that never waits does not notice that its postmaster is gone, and keeps the shared memory that a new one would want.
        await using var client = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false }.ConnectionString);
        await client.OpenAsync();
        await using var busy = new NpgsqlCommand("DO $$ BEGIN LOOP END LOOP; END $$", client) { CommandTimeout = 0 };
        using var backend = Process.GetProcessById(client.ProcessID);
        var loop = busy.ExecuteNonQueryAsync();
        using (var patience = new CancellationTokenSource(Patience))
        {
            while (await ExecuteAsync(postgres, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO%'") != 1)
                patience.Token.ThrowIfCancellationRequested();
        }
        var pid = Pid();
        using (var postmaster = Process.GetProcessById(pid))
        {
            postmaster.Kill();
            await postmaster.WaitForExitAsync().WaitAsync(Patience);
        }

        EmbeddedPostgres recovered;
        try
        {
            recovered = await StartAsync();
            // It was ended; how soon its entry in the process table is cleared is up to init.
            await backend.WaitForExitAsync().WaitAsync(Patience);
        }
        finally
        {
            // Or it would spin for ever.
            backend.Kill();
        }

        Assert.False(recovered.Adopted);
        Assert.NotEqual(pid, Pid());
        Assert.Equal(1000L, await ExecuteAsync(recovered, "SELECT count(*) FROM kept"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => loop.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_pid_file_that_names_a_stranger_does_not_keep_it_from_starting()
    {
        var postgres = await StartAsync();
        var file = await File.ReadAllLinesAsync(PidFile);
        Assert.True(await postgres.StopIfUnusedAsync());
        // As after a power loss: the file is there, and its number is now somebody else's.
        file[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(PidFile, file);

        var again = await StartAsync();
        Assert.False(again.Adopted);
        Assert.Equal(1L, await ExecuteAsync(again, "SELECT 1::bigint"));
    }

    [Fact]
    public async Task A_first_start_that_was_killed_half_way_is_made_good()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "cluster", "base"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "cluster", "postgresql.conf"), "half");
        Assert.False((await StartAsync()).Adopted);
    }

    [Fact]
    public async Task Others_can_not_reach_it_and_it_is_durable()
    {
        var postgres = await StartAsync();
        foreach (var folder in (string[])["cluster", "run", "log"])
        {
            var listing = Process.Start(new ProcessStartInfo("stat", ["-c", "%a", Path.Combine(_folder, folder)]) { RedirectStandardOutput = true })!;
            Assert.Equal("700", (await listing.StandardOutput.ReadToEndAsync()).Trim());
        }
        Assert.Equal(1L, await ExecuteAsync(postgres, """
            SELECT count(*) FROM (SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
                current_setting('listen_addresses'), current_setting('data_checksums')) s (a, b, c, d, e)
            WHERE (a, b, c, d, e) = ('on', 'on', 'on', '', 'on')
            """));
        Assert.Equal(0L, await ExecuteAsync(postgres, "SELECT count(*) FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"));
    }

    [Fact]
    public async Task A_store_without_a_connection_string_brings_its_own_server()
    {
        await using (var store = await Store.OpenAsync(new StoreOptions { Embedded = Options }))
        {
            Assert.NotNull(store.Embedded);
            await store.OpenIngestAsync("m", 4);
            Assert.True(File.Exists(PidFile));
        }
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task A_server_that_dies_under_its_users_is_started_again_once()
    {
        var options = new StoreOptions { Embedded = Options with { WatchInterval = TimeSpan.FromMilliseconds(20) } };
        await using var store = await Store.OpenAsync(options);
        await using var beside = await Store.OpenAsync(options);
        await store.OpenIngestAsync("m", 4);
        var pid = Pid();
        using (var postmaster = Process.GetProcessById(pid))
        {
            postmaster.Kill();
            await postmaster.WaitForExitAsync().WaitAsync(Patience);
        }

        using var patience = new CancellationTokenSource(Patience);
        while (!await AnswersAsync(store) || !await AnswersAsync(beside))
            await Task.Delay(20, patience.Token);
        Assert.NotEqual(pid, Pid());

        async Task<bool> AnswersAsync(Store from)
        {
            try
            {
                return (await from.Generations.ListAsync(patience.Token)).Count == 1;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_goes_elsewhere_or_is_named()
    {
        var deep = Path.Combine(_folder, new string('d', 120));
        var postgres = await Record.ExceptionAsync(async () => _started.Add(await EmbeddedPostgres.StartAsync(Options with { DataFolder = deep })));
        // As root there is /run; a user without XDG_RUNTIME_DIR has to choose.
        Assert.True(postgres is null or EmbeddedPostgresException { Fix: "Choose a shorter data folder." }, postgres?.ToString());
    }

    [Fact]
    public async Task A_data_folder_that_is_none_is_named_at_once()
    {
        Directory.CreateDirectory(_folder);
        Directory.CreateDirectory(Path.Combine(_folder, "start.lock"));
        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(StartAsync).WaitAsync(Patience);
        Assert.Contains("start.lock", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_programs_name_the_installer()
    {
        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(Options with { BinariesFolder = "/nowhere" }));
        Assert.Contains("deploy/install.sh", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_will_not_start_says_why()
    {
        var postgres = await StartAsync();
        await postgres.StopIfUnusedAsync();
        await File.AppendAllTextAsync(Path.Combine(_folder, "cluster", "postgresql.conf"), "\nno_such_setting = 1\n");

        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(StartAsync);
        Assert.Contains("no_such_setting", error.Message, StringComparison.Ordinal);
    }

    private async Task<EmbeddedPostgres> StartAsync()
    {
        var postgres = await EmbeddedPostgres.StartAsync(Options);
        lock (_started)
            _started.Add(postgres);
        return postgres;
    }

    private int Pid() => int.Parse(File.ReadLines(PidFile).First(), CultureInfo.InvariantCulture);

    private static async Task<long> ExecuteAsync(EmbeddedPostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is long number ? number : -1;
    }
}
