using System.Diagnostics;
using Npgsql;
using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Server;

/// <summary>A private PostgreSQL in a folder of its own, which can be killed and started again. Gone, with the folder, at the end.</summary>
internal sealed class ChaosServer : IAsyncDisposable
{
    private readonly NpgsqlDataSource admin;
    private EmbeddedPostgres server;

    private ChaosServer(string folder, EmbeddedPostgres server)
    {
        Folder = folder;
        this.server = server;
        admin = NpgsqlDataSource.Create(server.AdminConnectionString);
    }

    public string Folder { get; }

    /// <summary>As the role that owns the database; it is no superuser.</summary>
    public string ConnectionString => server.ConnectionString;

    private int? ProcessId
    {
        get
        {
            var file = Path.Combine(Folder, "pg", "cluster", "postmaster.pid");
            return File.Exists(file) && int.TryParse(File.ReadLines(file).FirstOrDefault(), out var id) && Directory.Exists($"/proc/{id}") ? id : null;
        }
    }

    public static async Task<ChaosServer> StartAsync()
    {
        // Right below the temporary folder: PostgreSQL's system user has to be able to enter.
        var folder = Path.Combine(Path.GetTempPath(), $"uvlm-chaos-{Guid.NewGuid():N}"[..24]);
        Directory.CreateDirectory(folder);
        return new ChaosServer(folder, await EmbeddedPostgres.StartAsync(Options(folder)));
    }

    /// <summary>SIGKILL to the postmaster: what was not flushed is lost, its backends notice a little later.</summary>
    public Task KillAsync() => EndAsync(Signals.Kill);

    /// <summary>The orderly stop of a restart.</summary>
    public Task StopAsync() => EndAsync(Signals.Interrupt);

    /// <summary>Starts it again; recovers from its log if it was killed.</summary>
    public async Task StartAgainAsync()
    {
        var again = await EmbeddedPostgres.StartAsync(Options(Folder));
        await server.DisposeAsync();
        server = again;
    }

    /// <summary>A connection of the superuser, made as soon as the server takes any.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await admin.OpenConnectionAsync();
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(since) < Waiting.Limit)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Asked again for as long as the server is away.</summary>
    public async Task<T> AskAsync<T>(Func<StoreReader, Task<T>> ask)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await OpenAsync();
                return await ask(new StoreReader(connection));
            }
            catch (NpgsqlException e) when (IsAway(e) && Stopwatch.GetElapsedTime(since) < Waiting.Limit)
            {
                // A pooled connection of before, or a server that is going down; the next one is another.
                await Task.Delay(50);
            }
        }
    }

    public Task<T> ScalarAsync<T>(string sql) => AskAsync(async reader => (await reader.RowsAsync(sql, static r => r.GetFieldValue<T>(0))).Single());

    public Task ExecuteAsync(string sql) => AskAsync(reader => reader.RowsAsync(sql, static _ => 0));

    /// <summary>Runs a script of this program.</summary>
    public async Task RunScriptAsync(string name)
    {
        await using var stream = typeof(ChaosServer).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException($"There is no script {name}.");
        using var reader = new StreamReader(stream);
        await ExecuteAsync(await reader.ReadToEndAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await admin.DisposeAsync();
        if (ProcessId is null)
            await StartAgainAsync();
        await server.StopIfUnusedAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static EmbeddedPostgresOptions Options(string folder) => new() { DataFolder = Path.Combine(folder, "pg"), MemoryBytes = 2L << 30 };

    private static bool IsAway(NpgsqlException error)
        => error is not PostgresException { SqlState: var state } || state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal);

    private async Task EndAsync(Action<int> signal)
    {
        var id = ProcessId ?? throw new InvalidOperationException("PostgreSQL does not run.");
        using var process = Process.GetProcessById(id);
        signal(id);
        await process.WaitForExitAsync().WaitAsync(Waiting.Limit);
    }
}
