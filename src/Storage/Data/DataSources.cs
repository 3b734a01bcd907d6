using System.Data.Common;
using Microsoft.Extensions.Logging;
using Npgsql;

#pragma warning disable NPG9001 // Npgsql's extension points are marked experimental; the version is pinned.

namespace UnifiedVlm.Storage.Data;

/// <summary>One pool per role. A connection changes into its role once, when it is opened, and carries nothing else over from use to use.</summary>
internal sealed class DataSources : IAsyncDisposable
{
    private const int KeepAliveSeconds = 30;
    private static readonly string[] KeepAliveKeys = ["TCP Keepalive", "TcpKeepAlive", "TCP Keepalive Time", "TcpKeepAliveTime"];

    // A build takes long and waits long, for whoever still reads or writes what it has to wait for; and it leaves the other cores to the others. A client
    // that is stopped in between must not hold the lock without end. Nothing here needs to be undone: the connection is used once.
    private const string MaintenanceSettingsSql = $"""
        SET ROLE {Roles.Owner}; SET lock_timeout = 0; SET statement_timeout = 0; SET max_parallel_maintenance_workers = 0; SET idle_session_timeout = '1min'
        """;

    // What a login role's limit ends would be taken for cancelled. Whole ranges are written at once, and who writes them has a limit of his own.
    private const string IngestSettingsSql = $"SET ROLE {Roles.Ingest}; SET statement_timeout = 0";

    private DataSources(NpgsqlDataSource login, NpgsqlDataSource ingest, NpgsqlDataSource app, NpgsqlDataSource maintenance)
    {
        Login = login;
        Ingest = ingest;
        App = app;
        Maintenance = maintenance;
    }

    /// <summary>As the login role: migrations, index generations, ending a stuck backend.</summary>
    public NpgsqlDataSource Login { get; }

    /// <summary>As <see cref="Roles.Ingest"/>.</summary>
    public NpgsqlDataSource Ingest { get; }

    /// <summary>As <see cref="Roles.App"/>: sees nothing until the transaction has set <c>app.tenant</c>.</summary>
    public NpgsqlDataSource App { get; }

    /// <summary>As <see cref="Roles.Owner"/>, a new session each time: for building indexes. Row-level security shows it no rows.</summary>
    public NpgsqlDataSource Maintenance { get; }

    /// <summary>Before the migrations: only the login pool can be made, the other roles may not exist yet.</summary>
    public static NpgsqlDataSource CreateLogin(string connectionString, StoreOptions options, ILoggerFactory loggers)
        => Create(connectionString, options, loggers, initialise: null, poolSize: 4);

    /// <summary>After the migrations: the type <c>halfvec</c> is looked up when a pool opens its first connection.</summary>
    public static DataSources Create(NpgsqlDataSource login, string connectionString, StoreOptions options, ILoggerFactory loggers) => new(
        login,
        Create(connectionString, options, loggers, IngestSettingsSql, options.MaxPoolSize),
        Create(connectionString, options, loggers, $"SET ROLE {Roles.App}", options.MaxPoolSize),
        Create(connectionString, options, loggers, MaintenanceSettingsSql, poolSize: null));

    /// <summary>What is opened from now on is opened anew; connections in use are closed when they are given back.</summary>
    public void Clear()
    {
        Login.Clear();
        Ingest.Clear();
        App.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await Maintenance.DisposeAsync().ConfigureAwait(false);
        await App.DisposeAsync().ConfigureAwait(false);
        await Ingest.DisposeAsync().ConfigureAwait(false);
        await Login.DisposeAsync().ConfigureAwait(false);
    }

    /// <param name="initialise">Run once on every new connection.</param>
    /// <param name="poolSize">Null: no pool.</param>
    private static NpgsqlDataSource Create(string connectionString, StoreOptions options, ILoggerFactory loggers, string? initialise, int? poolSize)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = options.ApplicationName,
            Pooling = poolSize is not null,
            // Resetting would undo what a new connection is given, and there is nothing to reset: every other setting is SET LOCAL.
            NoResetOnClose = true,
            // The statements are few and each is run many times.
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
            CommandTimeout = (int)options.CommandTimeout.TotalSeconds,
        };
        if (poolSize is { } size)
            settings.MaxPoolSize = size;

        // A server whose machine is gone says nothing any more. The kernel asks where the user has not settled it, so that pools and statements that had arrived
        // there notice within two minutes; what never arrived is sent again and again, until the commands' limit.
        var isTcp = settings.Host is { Length: > 0 } host && host[0] is not ('/' or '@');
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (isTcp && !KeepAliveKeys.Any(given.ContainsKey))
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, KeepAliveSeconds, KeepAliveSeconds / 3);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseLoggerFactory(loggers);
        builder.AddTypeInfoResolverFactory(new HalfVectorTypeInfo());
        if (initialise is not null)
            builder.UsePhysicalConnectionInitializer(c => Initialise(c, initialise), c => InitialiseAsync(c, initialise));
        return builder.Build();
    }

    private static void Initialise(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task InitialiseAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }
}
