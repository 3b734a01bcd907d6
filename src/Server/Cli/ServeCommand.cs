using System.CommandLine;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm serve</c>: a node that ingests and answers until it is told to stop.</summary>
internal static class ServeCommand
{
    /// <summary>What precedes the address on the line that says the node is ready.</summary>
    public const string Announcement = "listening on ";

    public static Command Create()
    {
        var nodeSettings = new NodeSettings();
        var kafka = new KafkaSettings();
        var fetch = new FetchSettings();
        var keepBlobs = Setting.Number("--keep-blobs", "UVLM_KEEP_BLOBS", 24,
            "Hours for which a picture that no document refers to is kept after it was last uploaded; longer than documents may take to come after it", minimum: 1);
        var url = Setting.Text("--url", "UVLM_URL", Defaults.Url, "Address to listen on; port 0 takes a free one");
        var logLevel = Logs.CreateOption("information");
        var untilStdinCloses = StandardInput.CreateOption();
        var command = new Command("serve", "Run a node: ingest from Kafka and the HTTP inbox, search and answer over HTTP, a status page at its address.")
        {
            url, logLevel, untilStdinCloses,
        };
        nodeSettings.AddTo(command);
        kafka.AddTo(command);
        fetch.AddTo(command);
        command.Options.Add(keepBlobs);
        command.SetAction(async (result, cancellationToken) =>
        {
            using var stop = StandardInput.Link(result.GetValue(untilStdinCloses), cancellationToken);
            return await RunAsync(
                nodeSettings.Read(result), kafka.Read(result), fetch.Read(result), kafka.Group(result), TimeSpan.FromHours(result.GetValue(keepBlobs)),
                result.GetValue(url)!, result.GetValue(logLevel)!, stop.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        NodeOptions options, KafkaSourceOptions? kafka, FetchOptions? fetch, string group, TimeSpan keepBlobs, string url, string logLevel,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        Logs.Configure(builder.Logging, logLevel);
        builder.Services.AddOpenApi();
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = options.Limits.MaxDocumentBytes + 1);
        await using var app = builder.Build();
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();

        await using var node = await Node.StartAsync(options, loggers, cancellationToken);
        var queries = await node.StartQueriesAsync(cancellationToken);
        await using var ingest = await IngestHost.StartAsync(node, kafka, fetch, group, cancellationToken);
        node.Store.SweepBlobs(keepBlobs);
        using var transfers = new BlobTransfers();
        app.UseMiddleware<FailureMiddleware>();
        app.MapOpenApi();
        new HttpApi(node, queries, new StatusReporter(node, ingest, TimeProvider.System), ingest, fetchesUrls: fetch is not null).Map(app);
        new BlobApi(node, transfers).Map(app);
        await app.StartAsync(cancellationToken);
        Console.WriteLine(Announcement + app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        var ended = await Task.WhenAny(stopped.Task, ingest.Completion, node.WhenFailed);
        await app.StopAsync(CancellationToken.None);
        if (ended == node.WhenFailed)
            throw await node.WhenFailed;
        if (ended == ingest.Completion && !cancellationToken.IsCancellationRequested)
            await ingest.Completion;
        return 0;
    }
}
