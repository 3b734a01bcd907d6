using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>A serving node that asks for keys. Tests keep apart by tenants.</summary>
public sealed class KeyedNode : IAsyncLifetime
{
    private const string RouteLine = "] Route ";

    internal DataFolder Data { get; } = new();

    internal ServingNode Node { get; private set; } = null!;

    internal Database Database { get; private set; } = null!;

    /// <summary>The node's routes as it has them, each with what it asks for: <c>GET /v1/documents</c>, <c>a key with read</c>.</summary>
    internal IReadOnlyDictionary<string, string> Routes { get; private set; } = new Dictionary<string, string>();

    public async Task InitializeAsync()
    {
        try
        {
            Node = await ServingNode.StartAsync(Data, "--auth", "keys", "--log-level", "trace");
            Database = await Data.OpenDatabaseAsync();
            // Written behind them, by the same queue; that the node listens is said past it.
            await Waiting.UntilAsync(() => Task.FromResult(Node.Process.Lines(" is a member: ").Any()), () => "the node has told of its routes");
            Routes = Node.Process.Lines(RouteLine)
                .Select(static line => line[(line.IndexOf(RouteLine, StringComparison.Ordinal) + RouteLine.Length)..].Split(" asks for "))
                .ToDictionary(static route => route[0], static route => route[1]);
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
        await Data.DisposeAsync();
    }

    /// <summary>A new key.</summary>
    /// <param name="arguments">As <c>uvlm key create</c> takes them.</param>
    internal async Task<string> CreateKeyAsync(params string[] arguments)
    {
        var run = await Uvlm.RunAsync(["key", "create", "--name", "a test", .. arguments, "--data", Data.Root]);
        run.AssertSucceeded();
        Assert.DoesNotContain(run.Output[18..], run.Errors, StringComparison.Ordinal);
        return run.Output;
    }

    /// <summary>A new key of the tenant, with every scope unless given.</summary>
    internal Task<string> CreateTenantKeyAsync(string tenant, params string[] scopes)
        => CreateKeyAsync(["--tenant", tenant, .. (scopes.Length > 0 ? scopes : ["read", "write", "admin"]).SelectMany(static s => new[] { "--scope", s })]);

    internal async Task<Reply> SendAsync(string? key, HttpMethod method, string path, string? body = null, string mediaType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(mediaType) } };
        using var response = await Node.Http.SendAsync(request);
        return new Reply(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync())
        {
            Headers = response.Headers.ToDictionary(static h => h.Key, static h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase),
        };
    }

    internal Task<Reply> PostAsync(string? key, string path, JsonNode body) => SendAsync(key, HttpMethod.Post, path, body.ToJsonString());

    /// <summary>Pushes a document and waits until it is stored.</summary>
    internal async Task<long> StoreAsync(string key, string json)
    {
        var position = (long)(await SendAsync(key, HttpMethod.Post, "/v1/documents", json)).Json["position"]!;
        await Database.UntilAsync($"SELECT status <> 'received' FROM uvlm.inbox WHERE id = {position}", () => Node.Process.Output);
        return position;
    }
}

[CollectionDefinition(Name)]
public sealed class KeyedNodeCollection : ICollectionFixture<KeyedNode>
{
    public const string Name = "Keyed node";
}
