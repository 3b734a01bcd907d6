using System.Globalization;
using System.Text;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>A test with a database, a store over it, and eyes that see everything.</summary>
[Collection(PostgresCollection.Name)]
public abstract class DatabaseTest(PostgresCluster cluster) : IAsyncLifetime
{
    protected const string Model = "test-model";
    protected const int Dimension = 8;
    protected static readonly LogPartition Log = new("group", "kafka:c1/t", "t", 0);

    /// <summary>Far beyond what anything here takes: only a hang reaches it.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private NpgsqlDataSource _eyes = null!;

    protected PostgresCluster Cluster { get; } = cluster;

    protected string ConnectionString { get; private set; } = null!;

    protected Store Store { get; private set; } = null!;

    protected IngestStore Ingest { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        ConnectionString = await Cluster.CreateDatabaseAsync(GetType().Name);
        _eyes = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Cluster.AsAdmin(ConnectionString)) { CommandTimeout = 0 });
        Store = await Store.OpenAsync(Options);
        Ingest = await Store.OpenIngestAsync(Model, Dimension);
    }

    public virtual async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await _eyes.DisposeAsync();
        await Cluster.DropDatabaseAsync(ConnectionString);
    }

    protected virtual StoreOptions Options => new() { ConnectionString = ConnectionString, LockTimeout = TimeSpan.FromMilliseconds(300) };

    /// <summary>As the superuser, past row-level security.</summary>
    protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _eyes.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"No row: {sql}"));
    }

    protected async Task<List<string>> RowsAsync(string sql)
    {
        await using var command = _eyes.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return rows;
    }

    protected async Task ExecuteAsync(string sql)
    {
        await using var command = _eyes.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    protected Task<NpgsqlConnection> OpenAdminAsync() => _eyes.OpenConnectionAsync().AsTask();

    /// <summary>Waits until the query is true: for what another connection is about to reach.</summary>
    protected async Task UntilAsync(string sql)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await ScalarAsync<bool>(sql))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>Writes outcomes as the next range of a fresh lease; each keeps its own offset.</summary>
    /// <summary>One record into the inbox, as HTTP brings it.</summary>
    protected Task<InboxReceipt> PushAsync(string tenant, string? key, string payload)
        => Store.Inbox.AppendAsync([new InboxPush(tenant, "x", "application/json", Encoding.UTF8.GetBytes(payload))], key, Make.Hash(payload), CancellationToken.None);

    protected async Task<WriteSummary> WriteAsync(params RecordOutcome[] outcomes)
    {
        var lease = await Ingest.AcquireAsync(Log, "test", CancellationToken.None);
        var first = lease.NextOffset ?? outcomes[0].Offset;
        return await Ingest.WriteAsync(lease, first, outcomes[^1].Offset + 1, outcomes, CancellationToken.None);
    }
}
