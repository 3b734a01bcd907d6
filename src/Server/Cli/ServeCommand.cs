using System.CommandLine;
using UnifiedVlm.Server.Cli.Care;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Serving;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm serve</c>: a node that does what its roles say until it is told to stop.</summary>
internal static class ServeCommand
{
    /// <summary>What precedes the address on the line that says the node is ready.</summary>
    public const string Announcement = "listening on ";

    public static Command Create()
    {
        var nodeSettings = new NodeSettings();
        var kafka = new KafkaSettings();
        var events = new EventSettings();
        var retention = new RetentionSettings();
        var fetch = new FetchSettings();
        var keepBlobs = Setting.Number("--keep-blobs", "UVLM_KEEP_BLOBS", 24,
            "Hours for which a picture that no document refers to is kept after it was last uploaded; longer than documents may take to come after it", minimum: 1, maximum: KeepTime.LongestHours);
        var searchBudget = Setting.Number("--search-budget-ms", "UVLM_SEARCH_BUDGET_MS", 0,
            "Milliseconds that a search should take: candidates and ef_search follow from what earlier ones took; 0 leaves them as they are");
        var inbox = new InboxSettings();
        var watch = Setting.List("--watch", "UVLM_WATCH", "Folder whose files are ingested as they appear and change; may be given several times");
        var folders = new FolderSettings();
        var http = new HttpSettings();
        var telemetry = new TelemetrySettings();
        var cluster = new ClusterSettings();
        var rpc = new RpcSettings();
        var logLevel = Logs.CreateOption("information");
        var untilStdinCloses = StandardInput.CreateOption();
        var command = new Command("serve", "Run a node: ingest from Kafka, the HTTP inbox and watched folders, search and answer over HTTP, a page for people at its address; or a part of that, beside other nodes.")
        {
            logLevel, untilStdinCloses, watch,
        };
        http.AddTo(command);
        cluster.AddTo(command);
        rpc.AddTo(command);
        nodeSettings.AddTo(command);
        kafka.AddTo(command);
        events.AddTo(command);
        inbox.AddTo(command);
        folders.AddTo(command);
        retention.AddTo(command);
        fetch.AddTo(command);
        telemetry.AddTo(command);
        command.Options.Add(keepBlobs);
        command.Options.Add(searchBudget);
        command.SetAction(async (result, cancellationToken) =>
        {
            using var stop = StandardInput.Link(result.GetValue(untilStdinCloses), cancellationToken);
            var sources = new IngestSources(kafka.Read(result), kafka.Group(result), inbox.Read(result), folders.Read(result, result.GetValue(watch)!));
            var served = http.Read(result);
            var (node, roles) = (nodeSettings.Read(result), cluster.Read(result, served));
            var told = events.Read(result, sources.Kafka, roles.Roles);
            return await ServeRun.RunAsync(
                new ServeOptions(
                    node with { SearchBudget = result.GetValue(searchBudget) is > 0 and var budget ? TimeSpan.FromMilliseconds(budget) : null },
                    sources, fetch.Read(result), retention.Read(result, told.Publisher is not null), TimeSpan.FromHours(result.GetValue(keepBlobs)), served, roles,
                    rpc.Read(result, roles, node, served), telemetry.Read(result), told, result.GetValue(logLevel)!),
                stop.Token);
        });
        return command;
    }
}
