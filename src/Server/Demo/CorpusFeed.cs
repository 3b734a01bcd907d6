using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Producing;

namespace UnifiedVlm.Server.Demo;

/// <summary>Sends a corpus to the broker no faster than the node ingests it, and shows how far both are.</summary>
internal sealed class CorpusFeed(NodeClient node, string bootstrap)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends when everything sent is in the store or among the dead letters.</summary>
    public Task<FeedReport> SendAndWaitAsync(IEnumerable<InterleavedDocument> documents, CancellationToken cancellationToken)
        => AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(progress => RunAsync(documents, progress, cancellationToken));

    private async Task<FeedReport> RunAsync(IEnumerable<InterleavedDocument> documents, ProgressContext progress, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var before = (await node.GetStatusAsync(cancellationToken)).Ingest.Settled;
        using var producer = new CorpusProducer(
            new CorpusProducerOptions { BootstrapServers = bootstrap, Topic = DemoOptions.Topic }, PositionsAsync, NullLogger.Instance);
        var bar = progress.AddTask("reading the corpus", maxValue: 1);
        var sending = Task.Run(() => producer.SendAsync(documents, cancellationToken), cancellationToken);
        while (true)
        {
            var allSent = sending.IsCompleted;
            var sent = producer.Report.Sent;
            var status = await node.GetStatusAsync(cancellationToken);
            var settled = status.Ingest.Settled - before;
            bar.MaxValue = Math.Max(1, sent);
            bar.Value = settled;
            bar.Description = $"{settled} ingested of {sent} sent{(allSent ? "" : " so far")}, {status.Ingest.DocumentsPerSecond:0.0}/s";
            if (allSent && settled >= (await sending).Sent)
                break;
            await Task.Delay(Refresh, cancellationToken);
        }

        var report = await sending;
        foreach (var refused in report.Refused)
            AnsiConsole.MarkupLineInterpolated($"[yellow]{refused.Id} was not sent: {refused.Reason}[/]");
        return new FeedReport(report.Sent, report.Bytes, watch.Elapsed);
    }

    private async ValueTask<IReadOnlyDictionary<int, long>> PositionsAsync(CancellationToken cancellationToken)
    {
        var status = await node.GetStatusAsync(cancellationToken);
        return status.Ingest.Partitions
            .Where(static partition => partition is { Topic: DemoOptions.Topic, NextOffset: not null })
            .ToDictionary(static partition => partition.Partition, static partition => partition.NextOffset!.Value);
    }
}
