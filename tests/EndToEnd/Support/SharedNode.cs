namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>A broker and a serving node for the tests that leave them alive; tests keep apart by tenants and collections.</summary>
public sealed class SharedNode : IAsyncLifetime
{
    public const string Topic = "documents";

    internal DataFolder Data { get; } = new();

    internal TestBroker Broker { get; private set; } = null!;

    internal ServingNode Node { get; private set; } = null!;

    internal Database Database { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        try
        {
            Broker = await TestBroker.StartAsync($"{Topic}:1");
            Node = await ServingNode.StartAsync(Data, "--kafka", Broker.Bootstrap, "--topics", Topic);
            Database = await Data.OpenDatabaseAsync();
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
        if (Node is not null)
            await Node.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        if (Broker is not null)
            await Broker.DisposeAsync();
        await Data.DisposeAsync();
    }

    /// <summary>Waits until the tenant has so many living documents.</summary>
    internal Task UntilStoredAsync(string tenant, int documents) => Database.UntilAsync(
        $"SELECT count(*) = {documents} FROM uvlm.document WHERE tenant = '{tenant}' AND NOT deleted",
        () => $"{documents} documents of {tenant}:\n{Node.Process.Output}");
}

[CollectionDefinition(Name)]
public sealed class SharedNodeCollection : ICollectionFixture<SharedNode>
{
    public const string Name = "Shared node";
}
