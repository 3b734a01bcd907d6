using Microsoft.Extensions.Logging;
using Npgsql;

#pragma warning disable NPG9001 // Npgsql's extension points are marked experimental; the version is pinned.

namespace UnifiedVlm.Storage.Data;

/// <summary>One pool per role. A connection changes into its role once, when it is opened, and carries nothing else over from use to use.</summary>
internal sealed class DataSources : IAsyncDisposable
{
    private DataSources(NpgsqlDataSource login, NpgsqlDataSource ingest, NpgsqlDataSource app)
    {
        Login = login;
        Ingest = ingest;
        App = app;
    }

    /// <summary>As the login role: migrations, index generations, ending a stuck backend.</summary>
    public NpgsqlDataSource Login { get; }

    /// <summary>As <see cref="Roles.Ingest"/>.</summary>
    public NpgsqlDataSource Ingest { get; }

    /// <summary>As <see cref="Roles.App"/>: sees nothing until the transaction has set <c>app.tenant</c>.</summary>
    public NpgsqlDataSource App { get; }

    /// <summary>Before the migrations: only the login pool can be made, the other roles may not exist yet.</summary>
    public static NpgsqlDataSource CreateLogin(string connectionString, StoreOptions options, ILoggerFactory loggers)
        => Create(connectionString, options, loggers, role: null, poolSize: 4);

    /// <summary>After the migrations: the type <c>halfvec</c> is looked up when a pool opens its first connection.</summary>
    public static DataSources Create(NpgsqlDataSource login, string connectionString, StoreOptions options, ILoggerFactory loggers) => new(
        login,
        Create(connectionString, options, loggers, Roles.Ingest, options.MaxPoolSize),
        Create(connectionString, options, loggers, Roles.App, options.MaxPoolSize));

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync().ConfigureAwait(false);
        await Ingest.DisposeAsync().ConfigureAwait(false);
        await Login.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlDataSource Create(string connectionString, StoreOptions options, ILoggerFactory loggers, string? role, int poolSize)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = options.ApplicationName,
            MaxPoolSize = poolSize,
            // Resetting would undo SET ROLE, and there is nothing to reset: every other setting is SET LOCAL.
            NoResetOnClose = true,
            // The statements are few and each is run many times.
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
            CommandTimeout = (int)options.CommandTimeout.TotalSeconds,
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseLoggerFactory(loggers);
        builder.AddTypeInfoResolverFactory(new HalfVectorTypeInfo());
        if (role is not null)
            builder.UsePhysicalConnectionInitializer(c => Enter(c, role), c => EnterAsync(c, role));
        return builder.Build();
    }

    private static void Enter(NpgsqlConnection connection, string role)
    {
        using var command = new NpgsqlCommand($"SET ROLE {role}", connection);
        command.ExecuteNonQuery();
    }

    private static async Task EnterAsync(NpgsqlConnection connection, string role)
    {
        await using var command = new NpgsqlCommand($"SET ROLE {role}", connection);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }
}
