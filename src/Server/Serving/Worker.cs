using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Server.Indexing;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Serving;

/// <summary>What the roles that work need: the model on its device, and as told ingestion and questions over it.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private readonly ServeOptions options;
    private readonly Node node;
    private readonly InboxGate inbox;
    private readonly BlobTransfers transfers;
    private readonly RetentionKeeper keeper;
    private IQueryService queries = new AbsentQueries();
    private IngestHost? ingest;
    private IndexFollower? follower;
    private EventHost? events;
    private RpcServer? lending;
    private RemoteDevices? borrowed;

    private Worker(ServeOptions options, Node node)
    {
        (this.options, this.node) = (options, node);
        // Whatever its roles, a node takes pushes: the inbox is a table, which nodes that ingest read.
        inbox = new InboxGate(options.Sources.Inbox, token => node.Store.Inbox.LoadAsync(options.Sources.Group, token), TimeProvider.System);
        transfers = new BlobTransfers(node.Plan?.RequestBytes ?? BlobTransfers.DefaultCapacity);
        keeper = node.Store.StartRetention(options.Retention);
        node.Store.SweepBlobs(options.KeepBlobs);
        node.Store.UpgradeWords();
    }

    public Store Store => node.Store;

    public StartTimes Times => node.Times;

    /// <summary>Ends when the device is lost for good or ingestion has ended.</summary>
    public Task WhenEnded => ingest is null ? node.WhenFailed : Task.WhenAny(node.WhenFailed, ingest.Completion);

    /// <summary>What keeps it from serving; null: nothing.</summary>
    public string? Trouble => node.WhenFailed.IsCompleted || ingest is { Completion.IsCompleted: true } ? "Ingestion or the device has ended; the log says why." : null;

    public static async Task<Worker> StartAsync(ServeOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var worker = new Worker(options, await Node.StartAsync(options.Node, loggers, cancellationToken));
        try
        {
            await worker.LendAsync(loggers, cancellationToken);
            if (options.Cluster.Queries)
                worker.queries = await worker.node.StartQueriesAsync(cancellationToken);
            if (options.Cluster.Ingests)
                worker.ingest = await IngestHost.StartAsync(worker.node, options, worker.inbox, cancellationToken);
            if (options.Cluster.Queries || options.Cluster.Ingests)
            {
                worker.follower = await IndexFollower.StartAsync(worker.node, cancellationToken);
                worker.events = await EventHost.StartAsync(worker.node, worker.queries, options.Events, options.Cluster.Roles, cancellationToken);
            }

            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the others may know of its model.</summary>
    public MemberInfo Describe(MemberInfo info) => info with { Fingerprint = node.Info.Fingerprint, Dimension = node.Info.Dimension, RpcAddress = lending?.Address };

    /// <summary>From now on the devices of other members are this node's too, as far as they lend them.</summary>
    public void Follow(Membership membership)
    {
        if (borrowed is null)
            return;
        membership.Changed += borrowed.Follow;
        borrowed.Follow(membership.Members);
    }

    /// <summary>What it could take now; of questions what it could at the best moment since the last call.</summary>
    /// <param name="requests">Under way.</param>
    public MemberLoad Load(int requests)
    {
        // Of another node's devices what could be had of them: a node that has none of its own is as free as those that it is lent.
        var pool = node.Devices.Pool;
        return NodeLoad.Of(pool.Prospect, pool.HasDevice, (queries as QueryService)?.TakeFreeQuestions(), requests);
    }

    public void Map(IEndpointRouteBuilder routes, ClusterMember member)
    {
        routes.MapOpenApi().IsOpen();
        var push = new PushApi(node, inbox, TimeProvider.System, fetchesUrls: options.Fetch is not null);
        new HttpApi(node, queries, new StatusReporter(node, ingest, options.Retention, member, TimeProvider.System), push, transfers).Map(routes);
        new BlobApi(node, transfers).Map(routes);
        new SubscriptionApi(node, queries).Map(routes);
        new OpenAiApi(queries, new ServedModels(node.Options, node.Info, TimeProvider.System), node.Options.Limits, node.RequestBytes, transfers, TimeProvider.System).Map(routes);
    }

    /// <summary>Reading ends, what is in flight is written, partitions are given back.</summary>
    public Task StopIngestAsync() => ingest?.StopAsync() ?? Task.CompletedTask;

    /// <summary>No more questions are read from Kafka; those under way are answered, for as long as requests may take.</summary>
    public Task StopAskingAsync() => events?.StopAskingAsync(options.Cluster.Drain) ?? Task.CompletedTask;

    /// <summary>Nothing more is lent, and what others have sent comes to its end. They wait for that only as long as this node is a member.</summary>
    public Task StopLendingAsync() => lending?.StopAsync() ?? Task.CompletedTask;

    /// <exception cref="Exception">Why it has ended by itself.</exception>
    public async Task ThrowIfEndedAsync()
    {
        if (node.WhenFailed.IsCompleted)
            throw await node.WhenFailed;
        if (ingest is { Completion.IsCompleted: true })
            await ingest.Completion;
    }

    private async Task LendAsync(ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var (cluster, rpc, devices) = (options.Cluster, options.Rpc, node.Devices);
        if (rpc.Url is not null)
        {
            var lender = new DeviceLender(devices.Local);
            devices.RoomChanged += lender.Settle;
            var service = new DeviceService(lender, devices.Lent, node.Info, WireLimits.Of(node.Model), loggers.CreateLogger<DeviceService>());
            lending = await RpcServer.StartAsync(rpc with { Drain = cluster.Drain }, service, loggers, cancellationToken);
        }

        if (cluster.Ingests || cluster.Queries)
            borrowed = new RemoteDevices(devices.Pool, cluster.Name, node.Info, new RemoteOptions { Secret = rpc.Secret }, TimeProvider.System, loggers);
    }

    public async ValueTask DisposeAsync()
    {
        if (events is not null)
            await events.DisposeAsync();
        if (follower is not null)
            await follower.DisposeAsync();
        if (ingest is not null)
            await ingest.DisposeAsync();
        if (borrowed is not null)
            await borrowed.DisposeAsync();
        if (lending is not null)
            await lending.DisposeAsync();
        await keeper.DisposeAsync();
        inbox.Dispose();
        transfers.Dispose();
        await node.DisposeAsync();
    }
}
