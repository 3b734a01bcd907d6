using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Streams.Producing;

namespace UnifiedVlm.Server.Demo;

/// <summary>
/// A gateway and nodes that ingest a corpus while they are searched: one is killed in the middle of ingestion, another in the middle of the searches, and at the end
/// everything is there and nobody has noticed.
/// </summary>
/// <param name="access">As <see cref="DemoOptions.Access"/> says.</param>
internal sealed class ClusterDemo(DemoOptions options, string[] access, DemoStore store, Action<string> say)
{
    private const int Clients = 2;

    /// <summary>Searches before a node is killed among them, and after.</summary>
    private const int Searches = 20;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        say($"Starting the test broker, {options.Nodes} nodes and a gateway …");
        var logs = Path.Combine(options.Data, "logs");
        await using var broker = ChildProcess.Start(
            "broker", logs, BrokerCommand.Announcement, ["broker", "--topic", $"{DemoOptions.Topic}:{Math.Max(DemoOptions.Partitions, 2 * options.Nodes)}"]);
        var bootstrap = await broker.WaitUntilReadyAsync(cancellationToken);
        await using var cluster = new LocalCluster(null, bootstrap, options.Data, options.Url, access, options.Certificate, options.Nodes);
        await store.StartAsync(
            async () =>
            {
                await cluster.StartAsync(cancellationToken);
                return cluster;
            },
            cancellationToken);
        say($"The gateway serves at {cluster.Address} (broker {bootstrap}, logs in {logs}).");

        await using var load = new QuestionLoad(cluster.Connect(), Clients);
        await IngestAsync(cluster, bootstrap, load, cancellationToken);

        await load.UntilMoreAsync(Searches, cancellationToken);
        await cluster.KillAsync(1, cancellationToken);
        await load.UntilMoreAsync(Searches, cancellationToken);
        await cluster.StartAsync(1, cancellationToken);
        await load.UntilMoreAsync(Searches, cancellationToken);
        await load.EndAsync();
        say($"node-2 was killed in the middle of the searches and started again. {load.Answered} searches answered, {load.Failed} failed.");
        if (load.Failed > 0)
            throw new ChildFailedException($"{load.Failed} searches failed while nodes were killed; the last: {load.Failure}");

        foreach (var question in DemoQuestions.For(options.Corpus))
            await ShownAnswer.ShowAsync(cluster.Client, question.Heading, question.Body, cancellationToken);
        // As it is, so that a terminal does not break it in the middle.
        Console.WriteLine(options.AskOn);
        if (options.Once)
            return 0;
        say($"Status page: {cluster.Address}   Stop with Ctrl-C.");
        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        if (await Task.WhenAny(stopped.Task, cluster.Completion, broker.Completion) != stopped.Task)
            throw new ChildFailedException($"The gateway or the broker ended by itself; see {logs}.");
        return 0;
    }

    private async Task IngestAsync(LocalCluster cluster, string bootstrap, QuestionLoad load, CancellationToken cancellationToken)
    {
        var stored = await cluster.Client.GetVersionsAsync(DemoOptions.Collection, cancellationToken);
        var dead = await DeadLettersAsync(cluster, cancellationToken);
        var documents = Fresh(stored, cancellationToken);
        if (documents.Count == 0)
        {
            say($"All documents of the corpus are stored already ({stored.Count}); none was sent, so none can be lost. To see a node killed in the middle of ingestion, "
                + $"stop this, remove {options.Data} and start again.");
            return;
        }

        using var producer = new CorpusProducer(
            new CorpusProducerOptions { BootstrapServers = bootstrap, Topic = DemoOptions.Topic }, cluster.PositionsAsync, NullLogger.Instance);
        var sending = Task.Run(() => producer.SendAsync(documents, cancellationToken), cancellationToken);
        var expected = documents.ToDictionary(static d => d.Id, static d => d.Version!.Value, StringComparer.Ordinal);
        await UntilStoredAsync(cluster, expected, documents.Count / 3, dead, sending, cancellationToken);
        var moved = await cluster.KillAsync(0, cancellationToken);
        say($"node-1 was killed in the middle of ingestion. Others read its {moved.Partitions} partitions after {moved.Total.TotalSeconds:0.0} s, of which "
            + $"{moved.Joined.TotalSeconds:0.0} s went by until the broker gave them away (session timeout {LocalCluster.Session.TotalSeconds:0} s).");
        await cluster.StartAsync(0, cancellationToken);
        var report = await sending;
        var refused = report.Refused.Count;
        await UntilStoredAsync(cluster, expected, documents.Count - refused, dead, sending, cancellationToken);

        // A row for each: the listing would name a document twice that were there twice.
        var rows = await cluster.Client.CountAsync(DemoOptions.Collection, cancellationToken);
        var after = await cluster.Client.GetVersionsAsync(DemoOptions.Collection, cancellationToken);
        dead = await DeadLettersAsync(cluster, cancellationToken) - dead;
        var missing = expected.Count(e => after.GetValueOrDefault(e.Key) != e.Value) - refused - dead;
        say($"{documents.Count - refused} documents sent, {documents.Count - refused - dead - missing} of them stored, {dead} dead letters: {missing} lost, {rows - after.Count} duplicated, "
            + $"{load.Answered} searches answered meanwhile, {load.Failed} failed.");
    }

    private List<InterleavedDocument> Fresh(Dictionary<string, long> stored, CancellationToken cancellationToken)
    {
        var importer = new CorpusImporter(
            options.Corpus,
            new ImportOptions { Collection = DemoOptions.Collection, VersionFromFileTime = true },
            failure => AnsiConsole.MarkupLineInterpolated($"[yellow]{failure.File}: {failure.Error.Message}[/]"));
        var documents = importer.Import(cancellationToken);
        return [.. (options.Documents > 0 ? documents.Take(options.Documents) : documents).Where(d => !stored.TryGetValue(d.Id, out var version) || version != d.Version)];
    }

    private static async Task<long> DeadLettersAsync(LocalCluster cluster, CancellationToken cancellationToken)
        => (await cluster.Client.GetStatusAsync(cancellationToken)).Store?.DeadLetters ?? 0;

    private static async Task UntilStoredAsync(LocalCluster cluster, Dictionary<string, long> expected, int count, long deadBefore, Task sending, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (sending.IsFaulted)
                await sending;
            var stored = await cluster.Client.GetVersionsAsync(DemoOptions.Collection, cancellationToken);
            if (expected.Count(e => stored.GetValueOrDefault(e.Key) == e.Value) + await DeadLettersAsync(cluster, cancellationToken) - deadBefore >= count)
                return;
            await Task.Delay(Look, cancellationToken);
        }
    }
}
