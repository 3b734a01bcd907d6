using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Server.Demo;

/// <summary>Clients that search through the gateway without a pause, and count what fails: everything but 200.</summary>
internal sealed class QuestionLoad : IAsyncDisposable
{
    private readonly HttpClient http;
    private readonly CancellationTokenSource end = new();
    private readonly Task clients;
    private long answered;
    private long failed;
    private long longest;
    private volatile string? failure;

    /// <param name="http">Disposed of with this.</param>
    /// <param name="clients">Each asks one thing at a time.</param>
    public QuestionLoad(HttpClient http, int clients)
    {
        this.http = http;
        this.clients = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(AskAsync)));
    }

    public long Answered => Interlocked.Read(ref answered);

    public long Failed => Interlocked.Read(ref failed);

    /// <summary>The longest that a search took since the last time this was asked.</summary>
    public TimeSpan Longest() => TimeSpan.FromTicks(Interlocked.Exchange(ref longest, 0));

    /// <summary>The last failure; null: there was none.</summary>
    public string? Failure => failure;

    public async Task UntilMoreAsync(int searches, CancellationToken cancellationToken)
    {
        for (var target = Answered + searches; Answered < target && Failed == 0;)
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
    }

    public async Task EndAsync()
    {
        await end.CancelAsync();
        await clients;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        http.Dispose();
        end.Dispose();
    }

    private async Task AskAsync()
    {
        while (!end.IsCancellationRequested)
        {
            var since = Stopwatch.GetTimestamp();
            try
            {
                using var reply = await http.PostAsJsonAsync("/v1/search", new JsonObject { ["text"] = "How do I crop an image?", ["collection"] = DemoOptions.Collection });
                if (reply.IsSuccessStatusCode)
                    Interlocked.Increment(ref answered);
                else
                    Fail($"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                Fail(error.Message);
            }

            var took = Stopwatch.GetElapsedTime(since).Ticks;
            while (Interlocked.Read(ref longest) is var known && took > known && Interlocked.CompareExchange(ref longest, took, known) != known)
            {
                // Another client was faster.
            }
        }
    }

    private void Fail(string what)
    {
        failure = what;
        Interlocked.Increment(ref failed);
    }
}
