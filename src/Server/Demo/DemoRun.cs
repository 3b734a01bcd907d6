using System.Diagnostics;
using Spectre.Console;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Server.Demo;

/// <summary>
/// Starts the parts as processes of their own, feeds a real corpus at the pace of ingestion, asks three questions, and leaves the node
/// serving. Everything it knows of the node it knows over HTTP.
/// </summary>
internal sealed class DemoRun(DemoOptions options)
{
    private readonly Stopwatch sinceStart = Stopwatch.StartNew();

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.Corpus))
            throw new UsageException($"The corpus folder {options.Corpus} is missing. Run deploy/corpus.sh, which fetches it, or name another with --corpus.");
        var access = options.Access();
        if (options.Nodes > 0)
            return await new ClusterDemo(options, access, Store(), Say).RunAsync(cancellationToken);
        Say("Starting the test broker and a node …");
        var logs = Path.Combine(options.Data, "logs");
        await using var broker = ChildProcess.Start(
            "broker", logs, BrokerCommand.Announcement, ["broker", "--topic", $"{DemoOptions.Topic}:{DemoOptions.Partitions}"]);
        var bootstrap = await broker.WaitUntilReadyAsync(cancellationToken);
        // The test broker keeps nothing, so every one of them is a new log; the store knows by itself what it has.
        var (child, address) = await Store().StartAsync(() => StartNodeAsync(logs, bootstrap, access, cancellationToken), cancellationToken);
        await using var running = child;
        using var node = new NodeClient(ChildHttp.Connect(new Uri(address), options.Certificate));
        Say($"The node serves at {address} (broker {bootstrap}, logs in {logs}).");

        var status = await node.GetStatusAsync(cancellationToken);
        if (!status.Model.Trained)
            AnsiConsole.MarkupLine("[yellow]The model's weights come from a seed: nothing has been learned yet. Words are found by full text; vectors and answers only show that the machinery works.[/]");
        await IngestAsync(node, bootstrap, cancellationToken);
        await AskAsync(node, cancellationToken);

        // As it is, so that a terminal does not break it in the middle.
        Console.WriteLine(options.AskOn);
        if (options.Once)
            return 0;
        Say($"Status page: {address}   Stop with Ctrl-C; the next ./run finds the store as it is.");
        await WaitAsync(child, broker, cancellationToken);
        return 0;
    }

    private DemoStore Store() => new(options.Data, options.OwnsData, ChildProcess.RunToEndAsync, Say);

    private async Task<(ChildProcess Node, string Address)> StartNodeAsync(string logs, string bootstrap, string[] access, CancellationToken cancellationToken)
    {
        var node = ChildProcess.Start("node", logs, ServeCommand.Announcement,
            ["serve", "--kafka", bootstrap, "--topics", DemoOptions.Topic, "--on-new-log", "adopt", "--data", options.Data, "--url", options.Url, .. access,
                .. options.Certificate is null ? ChildEnvironment.NoCertificate : []]);
        try
        {
            return (node, await node.WaitUntilReadyAsync(cancellationToken));
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    private async Task IngestAsync(NodeClient node, string bootstrap, CancellationToken cancellationToken)
    {
        var stored = await node.GetVersionsAsync(DemoOptions.Collection, cancellationToken);
        var importer = new CorpusImporter(
            options.Corpus,
            new ImportOptions { Collection = DemoOptions.Collection, VersionFromFileTime = true },
            failure => AnsiConsole.MarkupLineInterpolated($"[yellow]{failure.File}: {failure.Error.Message}[/]"));
        var found = 0;
        var fresh = Limit(importer.Import(cancellationToken)).Where(document =>
        {
            found++;
            return !stored.TryGetValue(document.Id, out var version) || version != document.Version;
        });
        var feed = new CorpusFeed(node, bootstrap);
        var report = await feed.SendAndWaitAsync(fresh, cancellationToken);
        if (report.Sent == 0)
        {
            Say($"All {found} documents of the corpus are stored already; nothing was sent.");
            return;
        }

        var after = await node.GetStatusAsync(cancellationToken);
        Say($"{report.Sent} new of {found} documents ({report.Bytes / 1048576.0:0.0} MB) ingested in {report.Elapsed.TotalSeconds:0.0} s: "
            + $"{report.Sent / report.Elapsed.TotalSeconds:0.0} documents/s, {report.Bytes / 1048576.0 / report.Elapsed.TotalSeconds:0.0} MB/s. "
            + (after.Store is { } store ? $"The store holds {store.Documents} documents, {store.Parts} part vectors, {store.DeadLetters} dead letters." : "The store does not answer now."));
        ShowStages(after.Ingest, report.Elapsed);
    }

    private IEnumerable<InterleavedDocument> Limit(IEnumerable<InterleavedDocument> documents)
        => options.Documents > 0 ? documents.Take(options.Documents) : documents;

    /// <summary>The stages work side by side, so that their times overlap; the longest is what the others wait for.</summary>
    private static void ShowStages(IngestStatus ingest, TimeSpan elapsed)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]Where the time went[/] (seconds of {elapsed.TotalSeconds:0.0} in which the stage had work; stages overlap)");
        var chart = new BarChart().Width(72);
        foreach (var stage in ingest.Stages)
            chart.AddItem(stage.Name, Math.Round(stage.ActiveSeconds, 1), Color.CornflowerBlue);
        AnsiConsole.Write(chart);
    }

    private async Task AskAsync(NodeClient node, CancellationToken cancellationToken)
    {
        foreach (var question in DemoQuestions.For(options.Corpus))
        {
            await ShownAnswer.ShowAsync(node, question.Heading, question.Body, cancellationToken);
            if (question.IsFirst)
                Say("That was the first answer.");
        }
    }

    private void Say(string text) => AnsiConsole.MarkupLineInterpolated($"[grey]{sinceStart.Elapsed:mm\\:ss}[/] {text}");

    /// <summary>Until Ctrl-C; a child that ends by itself is an error.</summary>
    private static async Task WaitAsync(ChildProcess node, ChildProcess broker, CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        var ended = await Task.WhenAny(stopped.Task, node.Completion, broker.Completion);
        if (ended != stopped.Task)
            throw new ChildFailedException($"{(ended == node.Completion ? "The node" : "The broker")} ended by itself; see {(ended == node.Completion ? node : broker).LogPath}.");
    }
}
