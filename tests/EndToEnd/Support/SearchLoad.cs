using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>Clients that search without a pause until they are told to end. Whatever is no 200 is a failure.</summary>
internal sealed class SearchLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly List<string> failures = [];
    private readonly Task clients;
    private long answered;

    public SearchLoad(HttpClient http, int clients)
    {
        this.clients = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(() => AskAsync(http))));
    }

    public long Answered => Interlocked.Read(ref answered);

    /// <summary>Waits until so many more searches are answered.</summary>
    public Task UntilMoreAsync(int searches)
    {
        var target = Answered + searches;
        return Waiting.UntilAsync(() => Task.FromResult(Answered >= target || Failures().Count > 0), () => $"{target} searches are answered; {Answered} are");
    }

    /// <summary>Ends the load.</summary>
    /// <returns>What failed.</returns>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await end.CancelAsync();
        await clients;
        return Failures();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        end.Dispose();
    }

    private async Task AskAsync(HttpClient http)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                using var reply = await http.PostAsync("/v1/search", JsonContent.Create(new JsonObject { ["text"] = "cut a picture", ["k"] = 1 }));
                if (reply.StatusCode != HttpStatusCode.OK)
                    Fail($"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                Fail(error.ToString());
            }

            Interlocked.Increment(ref answered);
        }
    }

    private void Fail(string what)
    {
        lock (failures)
            failures.Add(what);
    }

    private List<string> Failures()
    {
        lock (failures)
            return [.. failures];
    }
}
