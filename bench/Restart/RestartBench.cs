using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Streams.Producing;

namespace UnifiedVlm.Bench.Restart;

/// <summary>
/// Starts a node again and again. The new document is in the broker before the node is started, and is looked for past the program: its row is there when
/// its transaction has been committed.
/// </summary>
internal sealed class RestartBench(string folder, string model, string database, string program) : IDisposable
{
    private const string Topic = "documents";
    private const int Session = 6000;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly MockBroker broker = new();
    private int documents;

    public static async Task<RestartBench> PrepareAsync(string folder, string model, int documents, string program)
        => new(folder, model, await FilledStore.EnsureAsync(folder, model, documents), program);

    public async Task RunAsync(int rounds)
    {
        broker.CreateTopic(Topic, 4);
        using var producer = new CorpusProducer(
            new CorpusProducerOptions { BootstrapServers = broker.BootstrapServers, Topic = Topic, DefaultVersion = 1 },
            static _ => ValueTask.FromResult<IReadOnlyDictionary<int, long>>(new Dictionary<int, long>()), NullLogger.Instance);
        // A run before the first figure: files are in the page cache then, as they are after any restart.
        await OnceAsync(producer, kill: false);
        var (orderly, killed) = (new List<RestartTimes>(), new List<RestartTimes>());
        for (var round = 0; round < rounds; round++)
        {
            orderly.Add(await OnceAsync(producer, kill: true));
            killed.Add(await OnceAsync(producer, kill: false));
        }

        Console.WriteLine($"milliseconds, medians of {rounds}; uvlm-tiny, {Environment.ProcessorCount} cores");
        Console.WriteLine($"{"after",-14}{"runtime",9}{"PostgreSQL",12}{"store",8}{"model",8}{"group joined",14}{"join wait",11}{"opened",8}{"committed",11}{"without join",14}{"least",8}{"most",8}{"processor",11}");
        Print("a stop", orderly);
        Print("kill -9", killed);
    }

    /// <summary>One life of a node, from its start, whatever ended the one before it, to its first document and its own end.</summary>
    private async Task<RestartTimes> OnceAsync(CorpusProducer producer, bool kill)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"new-{documents++}-{Environment.ProcessId}");
        await producer.SendAsync([new InterleavedDocument { Id = id, Parts = [new TextPart("The crop tool cuts a picture: draw a frame over what is to stay, and press Enter.")] }], CancellationToken.None);
        await using var node = NodeRun.Start(program,
        [
            "--data", folder, "--model", model, "--kafka", broker.BootstrapServers, "--topics", Topic, "--group", "restart", "--on-new-log", "adopt",
            "--kafka-set", $"session.timeout.ms={Session}", "--kafka-set", "heartbeat.interval.ms=500",
        ]);
        var (committed, processor) = await UntilStoredAsync(node, id);
        const string Ready = "Ready after";
        var times = new RestartTimes(
            await node.NumberAsync(Ready, "the runtime took "),
            node.Says("started in") ? await node.NumberAsync("started in", "started in ") : 0,
            await node.NumberAsync(Ready, "the store "),
            await node.NumberAsync(Ready, "the model's "),
            await node.TimeOfAsync("Ingestion begins"), await node.TimeOfAsync("Assigned: "), await node.TimeOfAsync("reading from offset"),
            committed, processor);
        if (kill)
            await node.KillAsync();
        return times;
    }

    private async Task<(double At, double Processor)> UntilStoredAsync(NodeRun node, string id)
    {
        var connection = new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString;
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Patience; await Task.Delay(Look))
        {
            try
            {
                await using var source = new NpgsqlConnection(connection);
                await source.OpenAsync();
                await using var look = new NpgsqlCommand("SELECT EXISTS (SELECT FROM uvlm.document WHERE tenant = 'default' AND id = @id)", source);
                look.Parameters.AddWithValue("id", id);
                for (; Stopwatch.GetElapsedTime(since) < Patience; await Task.Delay(Look))
                {
                    if (await look.ExecuteScalarAsync() is true)
                        return (node.Milliseconds, node.ProcessorMilliseconds);
                }
            }
            catch (NpgsqlException)
            {
                // It is being started.
            }
        }

        throw new TimeoutException($"{id} was not stored:\n{node.Output}");
    }

    public void Dispose() => broker.Dispose();

    private static void Print(string after, List<RestartTimes> times)
    {
        double Median(Func<RestartTimes, double> of) => times.Select(of).Order().ElementAt(times.Count / 2);
        Console.WriteLine(
            $"{after,-14}{Median(static t => t.Runtime),9:F0}{Median(static t => t.Postgres),12:F0}{Median(static t => t.Store),8:F0}{Median(static t => t.Model),8:F0}{Median(static t => t.Reading),14:F0}"
            + $"{Median(static t => t.Join),11:F0}{Median(static t => t.Opened - t.Assigned),8:F0}{Median(static t => t.Committed),11:F0}{Median(static t => t.WithoutJoin),14:F0}{times.Min(static t => t.WithoutJoin),8:F0}{times.Max(static t => t.WithoutJoin),8:F0}{Median(static t => t.Processor),11:F0}");
    }
}
