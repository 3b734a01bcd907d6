using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Serving;

/// <summary>Searches against a server, and how long each took.</summary>
/// <param name="questions">Asked in turn.</param>
internal sealed class Load(HttpClient http, IReadOnlyList<string> questions)
{
    private int asked;

    /// <summary>One after the other until told to stop.</summary>
    public async Task<Latencies> AskAsync(CancellationToken stop)
    {
        var latencies = new Latencies();
        while (!stop.IsCancellationRequested)
            await AskOnceAsync(latencies);
        return latencies;
    }

    /// <summary>So many clients, each asking again as soon as it has its answer.</summary>
    public async Task<Latencies> AskAsync(int clients, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource(duration);
        return Latencies.Of(await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => AskAsync(stop.Token))));
    }

    /// <summary>So many questions a second, whether those before them have been answered or not.</summary>
    public async Task<Latencies> PressAsync(double perSecond, TimeSpan duration)
    {
        var latencies = new Latencies();
        var begin = Stopwatch.GetTimestamp();
        var pending = new List<Task>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (Stopwatch.GetElapsedTime(begin) is var elapsed && elapsed < duration)
        {
            while (pending.Count < perSecond * elapsed.TotalSeconds)
                pending.Add(AskOnceAsync(latencies));
            await timer.WaitForNextTickAsync();
        }

        await Task.WhenAll(pending);
        return latencies;
    }

    private async Task AskOnceAsync(Latencies latencies)
    {
        var question = questions[Interlocked.Increment(ref asked) % questions.Count];
        var begin = Stopwatch.GetTimestamp();
        using var reply = await http.PostAsync("/v1/search", JsonContent.Create(new JsonObject { ["text"] = question, ["k"] = 5 }));
        var body = await reply.Content.ReadAsByteArrayAsync();
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        if (reply.StatusCode == HttpStatusCode.TooManyRequests)
            latencies.AddRefused(seconds);
        else if (reply.IsSuccessStatusCode)
            latencies.AddAnswered(seconds, JsonNode.Parse(body)!["timings"]!.AsObject());
        else
            throw new InvalidOperationException(Encoding.UTF8.GetString(body));
    }
}
