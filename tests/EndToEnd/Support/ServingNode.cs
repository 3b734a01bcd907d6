using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary><c>uvlm serve</c> as a process of its own, and an HTTP client to it.</summary>
internal sealed class ServingNode : IAsyncDisposable
{
    private ServingNode(Uvlm process, string address)
    {
        Process = process;
        // Else a client that is told within a second neither to go on nor that it is refused sends its body, which a server that has refused it does not read.
        Http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Waiting.Limit }) { BaseAddress = new Uri(address), Timeout = Waiting.Limit };
    }

    public Uvlm Process { get; }

    public HttpClient Http { get; }

    public static Task<ServingNode> StartAsync(DataFolder data, params string[] arguments) => StartAsync(data, environment: null, arguments);

    public static async Task<ServingNode> StartAsync(DataFolder data, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        // Short sessions: the broker gives a dead member's partitions away only when its session has ended.
        var process = Uvlm.Start(
            [
                "serve", "--until-stdin-closes", .. arguments.Contains("--url") ? (string[])[] : ["--url", "http://127.0.0.1:0"], "--data", data.Root,
                "--kafka-set", "session.timeout.ms=6000", "--kafka-set", "heartbeat.interval.ms=500", .. arguments,
            ],
            keepInputOpen: true,
            environment: environment);
        try
        {
            return new ServingNode(process, await process.WaitForLineAsync("listening on "));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async Task<JsonObject> GetJsonAsync(string path)
        => (await Http.GetFromJsonAsync<JsonObject>(path)) ?? throw new InvalidDataException($"{path} returned null.");

    /// <summary>Sends a body and reads the whole reply.</summary>
    public async Task<Reply> PostAsync(string path, HttpContent body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return new Reply(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    public Task<Reply> PostAsync(string path, JsonNode body, params (string Name, string Value)[] headers)
        => PostAsync(path, JsonContent.Create(body), headers);

    /// <summary>Pushes a document and insists that it is taken.</summary>
    public async Task PushAsync(JsonNode document)
    {
        var reply = await PostAsync("/v1/documents", document);
        Assert.True(reply.Status == HttpStatusCode.Accepted, reply.Body);
    }

    /// <summary>What became of what was pushed, however long that takes.</summary>
    /// <param name="statusUrl">As the reply to the push says.</param>
    public async Task<JsonObject> OutcomeAsync(string statusUrl)
    {
        JsonObject? outcome = null;
        await Waiting.UntilAsync(
            async () => (string?)(outcome = await GetJsonAsync($"{statusUrl}{(statusUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?')}wait=30"))["status"] != "received",
            () => $"{statusUrl} is decided: {outcome?.ToJsonString()}\n{Process.Output}");
        return outcome!;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Process.DisposeAsync();
    }
}
