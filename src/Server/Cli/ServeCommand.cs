using System.CommandLine;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using UnifiedVlm.Server.Cli.Care;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Server.Http.Tls;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm serve</c>: a node that ingests and answers until it is told to stop.</summary>
internal static partial class ServeCommand
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
            "Hours for which a picture that no document refers to is kept after it was last uploaded; longer than documents may take to come after it", minimum: 1);
        var searchBudget = Setting.Number("--search-budget-ms", "UVLM_SEARCH_BUDGET_MS", 0,
            "Milliseconds that a search should take: candidates and ef_search follow from what earlier ones took; 0 leaves them as they are");
        var inbox = new InboxSettings();
        var watch = Setting.List("--watch", "UVLM_WATCH", "Folder whose files are ingested as they appear and change; may be given several times");
        var folders = new FolderSettings();
        var http = new HttpSettings();
        var logLevel = Logs.CreateOption("information");
        var untilStdinCloses = StandardInput.CreateOption();
        var command = new Command("serve", "Run a node: ingest from Kafka, the HTTP inbox and watched folders, search and answer over HTTP, a page for people at its address.")
        {
            logLevel, untilStdinCloses, watch,
        };
        http.AddTo(command);
        nodeSettings.AddTo(command);
        kafka.AddTo(command);
        events.AddTo(command);
        inbox.AddTo(command);
        folders.AddTo(command);
        retention.AddTo(command);
        fetch.AddTo(command);
        command.Options.Add(keepBlobs);
        command.Options.Add(searchBudget);
        command.SetAction(async (result, cancellationToken) =>
        {
            using var stop = StandardInput.Link(result.GetValue(untilStdinCloses), cancellationToken);
            var sources = new IngestSources(kafka.Read(result), kafka.Group(result), inbox.Read(result), folders.Read(result, result.GetValue(watch)!));
            return await RunAsync(
                new ServeOptions(
                    nodeSettings.Read(result) with { SearchBudget = result.GetValue(searchBudget) is > 0 and var budget ? TimeSpan.FromMilliseconds(budget) : null },
                    sources, fetch.Read(result), retention.Read(result), TimeSpan.FromHours(result.GetValue(keepBlobs)), http.Read(result), result.GetValue(logLevel)!)
                {
                    Events = events.Read(result, sources.Kafka),
                },
                stop.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        Logs.Configure(builder.Logging, options.LogLevel);
        WebServer.Configure(builder, options.Http, options.Node.Limits.MaxDocumentBytes);
        await using var app = builder.Build();
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        // Read now: that it can't be used is heard before anything is started.
        _ = app.Services.GetService<ServedCertificate>();

        await using var node = await Node.StartAsync(options.Node, loggers, cancellationToken);
        var queries = await node.StartQueriesAsync(cancellationToken);
        await using var ingest = await IngestHost.StartAsync(node, options, cancellationToken);
        await using var events = await EventHost.StartAsync(node, queries, options.Events, cancellationToken);
        await using var keeper = node.Store.StartRetention(options.Retention);
        node.Store.SweepBlobs(options.KeepBlobs);
        node.Store.UpgradeWords();
        using var transfers = new BlobTransfers(node.Plan?.RequestBytes ?? BlobTransfers.DefaultCapacity);
        await using var gate = options.Http.Auth == AuthMode.Keys ? new KeyGate(node.Store.Keys, TimeProvider.System, loggers) : null;
        if (options.Http.CorsOrigins.Count > 0)
            app.UseCors();
        app.UseMiddleware<FailureMiddleware>();
        app.Use(new AccessMiddleware(gate).InvokeAsync);
        app.MapOpenApi().IsOpen();
        var push = new PushApi(node, ingest.Inbox, TimeProvider.System, fetchesUrls: options.Fetch is not null);
        new HttpApi(node, queries, new StatusReporter(node, ingest, events, options.Retention, TimeProvider.System), ingest, push).Map(app);
        new BlobApi(node, transfers).Map(app);
        new SubscriptionApi(node, queries).Map(app);
        new OpenAiApi(queries, new ServedModels(node.Options, node.Info.Fingerprint, TimeProvider.System), node.Options.Limits, node.RequestBytes, TimeProvider.System).Map(app);
        var logger = loggers.CreateLogger(typeof(ServeCommand));
        RouteCheck.Run(app, logger);
        if (gate is not null && !await node.Store.Keys.AnyAsync(cancellationToken))
            LogNoKeys(logger);
        if (gate is not null && options.Http.Certificate is null && !options.Http.IsLocal)
            LogPlainKeys(logger);
        await app.StartAsync(cancellationToken);
        Console.WriteLine(Announcement + app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        var (age, times) = (StartTimes.ProcessAge, node.Times);
        LogReady(logger, age.TotalMilliseconds, times.Runtime.TotalMilliseconds, times.Store.TotalMilliseconds, times.Model.TotalMilliseconds);

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

    [LoggerMessage(5122, LogLevel.Information, "Ready after {Total:F0} ms: the runtime took {Runtime:F0}; then the store {Store:F0} beside the model's {Model:F0}")]
    private static partial void LogReady(ILogger logger, double total, double runtime, double store, double model);

    [LoggerMessage(5120, LogLevel.Warning, "There is no key yet, so nobody can call this node: 'uvlm key create' makes one")]
    private static partial void LogNoKeys(ILogger logger);

    [LoggerMessage(5121, LogLevel.Warning, "Keys come over the network without TLS, where others can read them: give --tls-certificate, or see that something before this node speaks TLS")]
    private static partial void LogPlainKeys(ILogger logger);
}
