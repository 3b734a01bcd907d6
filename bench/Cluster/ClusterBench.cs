using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Demo;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Streams.Producing;

namespace UnifiedVlm.Bench.Cluster;

/// <summary>
/// Everything at once: the broker always has more than the nodes have read, clients search and one reads answers. Each document is sent once and under an id of its own,
/// so that at the end every one has a row and one event of its change, or something was lost or done twice.
/// </summary>
internal sealed class ClusterBench(string program, string folder, int nodes, int clients) : IAsyncDisposable
{
    private const int Warm = 200;
    private const int Searches = 100;

    private static readonly string[] Words = ["stone", "river", "light", "tool", "edge", "colour", "layer", "path", "brush", "mask", "frame", "curve"];

    private readonly MockBroker broker = new();
    private LocalCluster cluster = null!;
    private QuestionLoad load = null!;
    private AnswerLoad answers = null!;
    private volatile bool enough;

    /// <returns>Whether nothing was lost, done twice or failed.</returns>
    public async Task<bool> RunAsync(int losses, CancellationToken cancellationToken)
    {
        broker.CreateTopic(DemoOptions.Topic, 2 * nodes);
        cluster = new LocalCluster(program, broker.BootstrapServers, folder, "http://127.0.0.1:0", ["--auth", ""], certificate: null, nodes);
        await cluster.StartAsync(cancellationToken);
        using var producer = new CorpusProducer(
            new CorpusProducerOptions { BootstrapServers = broker.BootstrapServers, Topic = DemoOptions.Topic, DefaultVersion = 1, MaxOutstandingMessages = 200 },
            cluster.PositionsAsync, NullLogger.Instance);
        var sending = Task.Run(() => producer.SendAsync(Documents(), cancellationToken), cancellationToken);
        load = new QuestionLoad(cluster.Connect(), clients);
        answers = new AnswerLoad(cluster.Client);
        await UntilStoredAsync(Warm, cancellationToken);

        Console.WriteLine($"{nodes} nodes of {Math.Max(1, Environment.ProcessorCount / nodes)} threads behind a gateway, {2 * nodes} partitions, session timeout {LocalCluster.Session.TotalSeconds:0} s, "
            + $"{clients} clients that search, 1 that reads answers, {Environment.ProcessorCount} cores; seconds");
        Console.WriteLine($"{"",-16}{"partitions",12}{"given away",12}{"all read",10}{"searches",10}{"failed",8}{"longest",9}{"answers",9}{"broken off",12}");
        for (var i = 0; i < losses; i++)
            await LoseAsync(i % nodes, cancellationToken);
        for (var i = 0; i < nodes; i++)
            await RestartAsync(i, cancellationToken);

        enough = true;
        var report = await sending;
        await UntilStoredAsync(report.Sent, cancellationToken);
        await load.EndAsync();
        await using var database = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { DataFolder = Path.Combine(folder, "pg") }, cancellationToken: cancellationToken);
        var (stored, twice) = await CheckAsync(database.AdminConnectionString, cancellationToken);
        Console.WriteLine($"{report.Sent} documents sent, {report.Sent - stored} lost, {twice} ingested twice; {load.Answered} searches answered, {load.Failed} failed {load.Failure}");
        return stored == report.Sent && twice == 0 && load.Failed == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (load is not null)
            await load.DisposeAsync();
        if (answers is not null)
            await answers.DisposeAsync();
        if (cluster is not null)
            await cluster.DisposeAsync();
        broker.Dispose();
    }

    private async Task LoseAsync(int node, CancellationToken cancellationToken)
    {
        var before = Begin();
        var moved = await cluster.KillAsync(node, cancellationToken);
        await load.UntilMoreAsync(Searches, cancellationToken);
        Print("loss", $"{moved.Partitions,12}{moved.Joined.TotalSeconds,12:0.0}{moved.Total.TotalSeconds,10:0.0}", before);
        await cluster.StartAsync(node, cancellationToken);
        await UntilBalancedAsync(cancellationToken);
    }

    private async Task RestartAsync(int node, CancellationToken cancellationToken)
    {
        var before = Begin();
        var since = Stopwatch.GetTimestamp();
        await cluster.StopAsync(node);
        var stopped = Stopwatch.GetElapsedTime(since);
        await cluster.StartAsync(node, cancellationToken);
        await load.UntilMoreAsync(Searches, cancellationToken);
        Print($"restart ({stopped.TotalSeconds:0.0})", $"{"",34}", before);
        await UntilBalancedAsync(cancellationToken);
    }

    private (long Answered, long Failed, int Whole, int Broken) Begin()
    {
        _ = load.Longest();
        return (load.Answered, load.Failed, answers.Whole, answers.Broken);
    }

    private void Print(string what, string figures, (long Answered, long Failed, int Whole, int Broken) before) => Console.WriteLine(
        $"{what,-16}{figures}{load.Answered - before.Answered,10}{load.Failed - before.Failed,8}{load.Longest().TotalSeconds,9:0.00}{answers.Whole - before.Whole,9}{answers.Broken - before.Broken,12}");

    /// <summary>Every partition is read by someone, and everyone reads some: else the next loss would move nothing.</summary>
    private async Task UntilBalancedAsync(CancellationToken cancellationToken)
    {
        while (!await cluster.IsBalancedAsync(cancellationToken))
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
    }

    private async Task UntilStoredAsync(long documents, CancellationToken cancellationToken)
    {
        while ((await cluster.Client.GetStatusAsync(cancellationToken)).Store?.Documents is not { } stored || stored < documents)
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
    }

    private IEnumerable<InterleavedDocument> Documents()
    {
        var dice = new Random(1);
        for (var i = 0; !enough; i++)
        {
            yield return new InterleavedDocument
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"document-{i}"),
                Parts = [new TextPart(Sentence(dice)), new TextPart(Sentence(dice)), new TextPart(Sentence(dice))],
            };
        }
    }

    private static string Sentence(Random dice) => string.Join(' ', Enumerable.Range(0, 30).Select(_ => Words[dice.Next(Words.Length)]));

    private static async Task<(long Stored, long Twice)> CheckAsync(string database, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        return (
            await CountAsync("SELECT count(*) FROM uvlm.document WHERE NOT deleted AND id LIKE 'document-%'"),
            await CountAsync("SELECT count(*) FROM (SELECT document_id FROM uvlm.outbox WHERE document_id LIKE 'document-%' GROUP BY tenant, document_id HAVING count(*) > 1) twice"));

        async Task<long> CountAsync(string sql)
        {
            await using var command = source.CreateCommand(sql);
            return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
    }
}
