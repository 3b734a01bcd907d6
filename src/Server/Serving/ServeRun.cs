using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Tls;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Serving;

/// <summary>The life of a serving node: what its roles need is started, then it listens, is a member, and ends in the order that loses nothing.</summary>
internal static partial class ServeRun
{
    public static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        Logs.Configure(builder.Logging, options.LogLevel);
        Telemetry.Configure(builder, options.Telemetry, options.Cluster.Name);
        WebServer.Configure(builder, options.Http, options.Node.Limits.MaxDocumentBytes);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Cluster.Drain);
        GatewayRole.Configure(options.Cluster, builder.Services);
        await using var app = builder.Build();
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var logger = loggers.CreateLogger(typeof(ServeRun));
        // Read now: that it can't be used is heard before anything is started.
        _ = app.Services.GetService<ServedCertificate>();

        await using var worker = options.Cluster.Works ? await Worker.StartAsync(options, loggers, cancellationToken) : null;
        await using var own = worker is null ? await Store.OpenAsync(StoreCommand.Options(options.Node.Database, options.Node.DataDirectory), loggers, cancellationToken) : null;
        var store = worker?.Store ?? own!;
        await using var gate = options.Http.Auth == AuthMode.Keys ? new KeyGate(store.Keys, TimeProvider.System, loggers) : null;
        var requests = new RequestsUnderWay();
        await using var member = new ClusterMember(
            options.Cluster, store.Members, () => worker?.Load(requests.Count) ?? MemberLoad.None with { Requests = requests.Count }, loggers, TimeProvider.System);

        app.Use(requests.InvokeAsync);
        // First of all: keys are for the node that serves a request to check.
        using var gateway = GatewayRole.Use(app, options.Cluster);
        if (options.Http.CorsOrigins.Count > 0)
            app.UseCors();
        app.UseMiddleware<RequestTrace>();
        app.UseMiddleware<FailureMiddleware>();
        app.Use(new AccessMiddleware(gate, new OriginGuard(options.Http, options.Cluster.Advertise)).InvokeAsync);
        new HealthApi(store, member, () => worker is null ? gateway?.Trouble : worker.Trouble).Map(app);
        worker?.Map(app, member);
        RouteCheck.Run(app, logger);
        if (gate is not null && worker is not null)
            await WarnOfKeysAsync(store, options.Http, logger, cancellationToken);

        await app.StartAsync(cancellationToken);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var membership = await member.JoinAsync(info => worker?.Describe(info) ?? info, [.. options.Http.Addresses, .. addresses], cancellationToken);
        worker?.Follow(membership);
        gateway?.Follow(membership);
        Console.WriteLine(ServeCommand.Announcement + addresses.First());
        LogMember(logger, member.Name, options.Cluster.Roles);
        if (worker?.Times is { } times)
            LogReady(logger, StartTimes.ProcessAge.TotalMilliseconds, times.Runtime.TotalMilliseconds, times.Store.TotalMilliseconds, times.Model.TotalMilliseconds);

        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        var ended = await Task.WhenAny([stopped.Task, membership.WhenReplaced, .. worker is null ? [] : (Task[])[worker.WhenEnded]]);
        await EndAsync(app, worker, member);
        await Telemetry.SendLastAsync(app.Services);
        if (ended == membership.WhenReplaced)
            throw await membership.WhenReplaced;
        if (ended != stopped.Task)
            await worker!.ThrowIfEndedAsync();
        return 0;
    }

    /// <summary>Nothing more is sent here; then partitions go to others, and requests under way and what was lent come to their end, side by side. What is disposed of afterwards leaves the cluster.</summary>
    private static async Task EndAsync(WebApplication app, Worker? worker, ClusterMember member)
    {
        var told = member.DrainAsync();
        await Task.WhenAll([StopHttpAsync(), .. worker is null ? [] : (Task[])[worker.StopIngestAsync(), worker.StopAskingAsync(), worker.StopLendingAsync()]]);

        async Task StopHttpAsync()
        {
            await told;
            await app.StopAsync(CancellationToken.None);
        }
    }

    private static async Task WarnOfKeysAsync(Store store, HttpOptions http, ILogger logger, CancellationToken cancellationToken)
    {
        if (!await store.Keys.AnyAsync(cancellationToken))
            LogNoKeys(logger);
        if (http.Certificate is null && !http.IsLocal)
            LogPlainKeys(logger);
    }

    [LoggerMessage(5123, LogLevel.Information, "{Node} is a member: {Roles}")]
    private static partial void LogMember(ILogger logger, string node, NodeRoles roles);

    [LoggerMessage(5122, LogLevel.Information, "Ready after {Total:F0} ms: the runtime took {Runtime:F0}; then the store {Store:F0} beside the model's {Model:F0}")]
    private static partial void LogReady(ILogger logger, double total, double runtime, double store, double model);

    [LoggerMessage(5120, LogLevel.Warning, "There is no key yet, so nobody can call this node: 'uvlm key create' makes one")]
    private static partial void LogNoKeys(ILogger logger);

    [LoggerMessage(5121, LogLevel.Warning, "Keys come over the network without TLS, where others can read them: give --tls-certificate, or see that something before this node speaks TLS")]
    private static partial void LogPlainKeys(ILogger logger);
}
