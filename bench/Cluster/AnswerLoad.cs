using System.Text.Json.Nodes;
using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Bench.Cluster;

/// <summary>A client that reads one streamed answer after the other through the gateway.</summary>
internal sealed class AnswerLoad : IAsyncDisposable
{
    private const int Tokens = 100;

    private readonly CancellationTokenSource end = new();
    private readonly Task reading;
    private int whole;
    private int broken;

    public AnswerLoad(NodeClient gateway) => reading = Task.Run(() => ReadAsync(gateway));

    public int Whole => Volatile.Read(ref whole);

    /// <summary>Those that ended without their last event.</summary>
    public int Broken => Volatile.Read(ref broken);

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await reading;
        end.Dispose();
    }

    private async Task ReadAsync(NodeClient gateway)
    {
        while (!end.IsCancellationRequested)
        {
            var last = "";
            try
            {
                await foreach (var (name, _) in gateway.AnswerAsync(new JsonObject { ["text"] = "Which stone lies by the river?", ["max_tokens"] = Tokens }, CancellationToken.None))
                    last = name;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException)
            {
                last = error.Message;
            }

            if (last == "done")
                Interlocked.Increment(ref whole);
            else
                Interlocked.Increment(ref broken);
        }
    }
}
