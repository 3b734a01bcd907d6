using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Chaos.Nodes;
using UnifiedVlm.Chaos.Server;
using UnifiedVlm.Chaos.Workload;
using UnifiedVlm.Tests.Component.Storage;
using UnifiedVlm.Tests.EndToEnd.Support;
using UnifiedVlm.Tests.Unit.Model;

namespace UnifiedVlm.Chaos.Run;

/// <summary>
/// Broker, PostgreSQL, nodes and the sender, all at work. Nodes reach PostgreSQL through a proxy that can cut connections; the harness itself does not.
/// </summary>
internal sealed class Testbed : IAsyncDisposable
{
    private const string Topic = "documents";
    private const string Group = "chaos";

    private readonly ModelFolder model = new();

    private Testbed(ChaosOptions options, ChaosServer server)
    {
        Options = options;
        Server = server;
        Weather = new Weather(server);
        Trail = new FenceTrail(server, Topic);
        Proxy = new ServerProxy(server.ConnectionString);
        Broker = new ChaosBroker(Topic, options.Partitions);
        History = new History(options.Partitions, options.Poison);
        Fleet = new Fleet(new FleetOptions(Proxy.ConnectionString, server.Folder, model.Folder, Broker.Cluster.BootstrapServers, Topic, Group, options.Session));
    }

    public ChaosOptions Options { get; }

    public ChaosServer Server { get; }

    public Weather Weather { get; }

    public FenceTrail Trail { get; }

    public ServerProxy Proxy { get; }

    public ChaosBroker Broker { get; }

    public History History { get; }

    public Fleet Fleet { get; }

    public Sender Sender { get; private set; } = null!;

    public ZombieTally Zombies { get; } = new();

    public static async Task<Testbed> StartAsync(ChaosOptions options)
    {
        var bed = new Testbed(options, await ChaosServer.StartAsync());
        try
        {
            await bed.Fleet.StartAsync(options.Nodes, () => bed.Server.RunScriptAsync("chaos.sql"));
            bed.Sender = new Sender(bed.History, bed.Broker, bed.PositionsAsync, options.Ahead);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the store stands, by partition.</summary>
    public Task<long[]> PositionsAsync() => Server.AskAsync(reader => PositionCheck.ReadAsync(reader, Group, Topic, Options.Partitions));

    /// <summary>Waits until so many more records are in the store than now.</summary>
    public async Task UntilStoredAsync(int more)
    {
        var goal = (await PositionsAsync()).Sum() + more;
        await UntilAsync(async () => (await PositionsAsync()).Sum() >= goal, $"{more} more records are stored");
    }

    /// <summary>Waits until what has been sent by now is in the store.</summary>
    public async Task CatchUpAsync()
    {
        long[] ends;
        await using (await Sender.PauseAsync())
            ends = History.Ends;
        await UntilCaughtUpAsync(ends);
    }

    /// <summary>Holds the sender back until everything is stored and compared.</summary>
    /// <param name="wait">False where waiting was in vain already: then the report says what is missing.</param>
    public async Task<CheckReport> CheckAsync(bool wait = true)
    {
        await using var pause = await Sender.PauseAsync();
        var ends = await Broker.EndsAsync();
        if (!ends.SequenceEqual(History.Ends))
            throw new InvalidOperationException($"The logs end at {string.Join(", ", ends)}, the sender knows of {string.Join(", ", History.Ends)}: this run says nothing.");
        try
        {
            if (wait)
            {
                await UntilCaughtUpAsync(History.Ends);
                await UntilAsync(async () => (await MembersAsync()).SequenceEqual(Fleet.Names), "the members are the nodes that run");
            }
        }
        catch (TimeoutException)
        {
            // Then the report says what is missing.
        }

        await using var connection = await Server.OpenAsync();
        var report = await Checker.CheckAsync(connection, Expect());
        MemberCheck.Compare(await MembersAsync(), Fleet.Names, report);
        return report;
    }

    /// <summary>How many processes have been members within the last hour.</summary>
    public async Task<int> JoinedAsync() => (int)await Server.ScalarAsync<long>("SELECT count(*) FROM uvlm.member");

    /// <summary>What has to be in the store; for use while the sender is held back.</summary>
    public Expectation Expect() => History.Expect(Group, Topic);

    public Task UntilAsync(Func<Task<bool>> condition, string what) => Waiting.UntilAsync(
        async () =>
        {
            await Fleet.ReviveAsync();
            if (Sender is { Failure: { IsFaulted: true } failure })
                await failure;
            return await condition();
        },
        () => $"{what}\n{string.Join("\n\n", Fleet.Nodes.Select(static n => $"{n}:\n{Fleet.Words(n)}"))}");

    public async ValueTask DisposeAsync()
    {
        if (Sender is not null)
            await Sender.DisposeAsync();
        await Fleet.DisposeAsync();
        await Proxy.DisposeAsync();
        Broker.Dispose();
        await Server.DisposeAsync();
        model.Dispose();
    }

    private Task<List<string>> MembersAsync() => Server.AskAsync(MemberCheck.ReadAsync);

    private Task UntilCaughtUpAsync(long[] ends)
        => UntilAsync(async () => (await PositionsAsync()).Zip(ends, static (next, end) => next >= end).All(static reached => reached), $"the store stands at {string.Join(", ", ends)}");
}
