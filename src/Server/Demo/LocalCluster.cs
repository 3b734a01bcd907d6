using System.Diagnostics;
using System.Globalization;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Server.Demo;

/// <summary>A gateway and nodes on one machine, each a process with a port of its own, over one database.</summary>
/// <param name="program">Null: this one.</param>
/// <param name="url">Of the gateway.</param>
/// <param name="access">Options that say who may call. Gateway and nodes have the same: the gateway leaves the answer to the node that serves a request.</param>
/// <param name="certificate">PEM file of the certificate that the gateway has from the environment; null: it speaks no TLS, whatever is there.</param>
internal sealed class LocalCluster(string? program, string bootstrap, string data, string url, IReadOnlyList<string> access, string? certificate, int nodes) : IAsyncDisposable
{
    /// <summary>A node that is killed loses its partitions after so long.</summary>
    public static readonly TimeSpan Session = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly string logs = Path.Combine(data, "logs");
    private readonly (ChildProcess Process, NodeClient Client)[] running = new (ChildProcess, NodeClient)[nodes];
    private readonly Dictionary<int, long> positions = [];
    private ChildProcess gateway = null!;
    private int started;

    public int Nodes => nodes;

    public string Address { get; private set; } = "";

    /// <summary>What talks to the gateway.</summary>
    public NodeClient Client { get; private set; } = null!;

    /// <summary>Ends when the gateway has ended.</summary>
    public Task Completion => gateway.Completion;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // One after the other where there is no database yet; then they come side by side.
        await StartAsync(0, cancellationToken);
        await Task.WhenAll(Enumerable.Range(1, nodes - 1).Select(node => StartAsync(node, cancellationToken)));
        gateway = ChildProcess.Start("gateway", logs, ServeCommand.Announcement, GatewayArguments(), program);
        Address = await gateway.WaitUntilReadyAsync(cancellationToken);
        Client = new NodeClient(Connect());
    }

    /// <summary>Another client of the gateway, the caller's to dispose of.</summary>
    public HttpClient Connect() => ChildHttp.Connect(new Uri(Address), certificate);

    /// <summary>Starts a node that does not run.</summary>
    public async Task StartAsync(int node, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(
            string.Create(CultureInfo.InvariantCulture, $"{NameOf(node)}-run-{Interlocked.Increment(ref started)}"), logs, ServeCommand.Announcement, NodeArguments(node), program);
        running[node] = (process, new NodeClient(ChildHttp.Connect(new Uri(await process.WaitUntilReadyAsync(cancellationToken)), certificate: null)));
    }

    public string[] GatewayArguments() =>
    [
        "serve", "--roles", "gateway", "--node-name", "gateway", "--data", data, "--url", url, .. access, .. certificate is null ? ChildEnvironment.NoCertificate : [],
    ];

    /// <summary>Nobody but the gateway calls a node, without TLS; a certificate in the environment is the gateway's.</summary>
    public string[] NodeArguments(int node)
    {
        var threads = Math.Max(1, Environment.ProcessorCount / nodes);
        return
        [
            "serve", "--roles", "ingest,encode,query", "--node-name", NameOf(node), "--url", "http://127.0.0.1:0", .. access, .. ChildEnvironment.NoCertificate,
            "--data", data, "--kafka", bootstrap, "--topics", DemoOptions.Topic,
            "--on-new-log", "adopt", "--kafka-set", $"session.timeout.ms={Session.TotalMilliseconds}", "--kafka-set", "heartbeat.interval.ms=500",
            "--threads", threads.ToString(CultureInfo.InvariantCulture),
        ];
    }

    /// <summary>Kills the node and waits until others read its partitions.</summary>
    public async Task<MoveTimes> KillAsync(int node, CancellationToken cancellationToken)
    {
        var held = Read(await running[node].Client.GetStatusAsync(cancellationToken)).Keys.ToHashSet();
        var (at, since) = (DateTime.UtcNow, Stopwatch.GetTimestamp());
        await running[node].Process.KillAsync();
        running[node].Client.Dispose();
        var others = Enumerable.Range(0, nodes).Where(other => other != node).ToList();
        while (true)
        {
            var read = new HashSet<int>();
            foreach (var other in others)
                read.UnionWith(Read(await running[other].Client.GetStatusAsync(cancellationToken)).Keys);
            if (read.IsSupersetOf(held))
                return new MoveTimes(held.Count, held.Count == 0 ? TimeSpan.Zero : FirstAssigned(others, at) - at, Stopwatch.GetElapsedTime(since));
            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>Tells the node to stop, and waits until it has.</summary>
    public async Task StopAsync(int node)
    {
        running[node].Client.Dispose();
        await running[node].Process.DisposeAsync();
    }

    /// <summary>Every node reads partitions.</summary>
    public async Task<bool> IsBalancedAsync(CancellationToken cancellationToken)
        => (await Task.WhenAll(running.Select(node => node.Client.GetStatusAsync(cancellationToken)))).All(static status => Read(status).Count > 0);

    /// <summary>Where ingestion stands, as far as the nodes that run can say: of a partition that just moves it is what was known before.</summary>
    public async ValueTask<IReadOnlyDictionary<int, long>> PositionsAsync(CancellationToken cancellationToken)
    {
        foreach (var (_, client) in running)
        {
            try
            {
                foreach (var (partition, next) in Read(await client.GetStatusAsync(cancellationToken)))
                    positions[partition] = Math.Max(next, positions.GetValueOrDefault(partition));
            }
            catch (Exception error) when (error is HttpRequestException or IOException or ObjectDisposedException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // It was killed, or told to stop: the others say the rest.
            }
        }

        return positions;
    }

    public async ValueTask DisposeAsync()
    {
        if (gateway is not null)
        {
            await gateway.DisposeAsync();
            Client?.Dispose();
        }

        await Task.WhenAll(Enumerable.Range(0, nodes).Where(node => running[node].Process is not null).Select(StopAsync));
    }

    private static string NameOf(int node) => string.Create(CultureInfo.InvariantCulture, $"node-{node + 1}");

    private static Dictionary<int, long> Read(StatusReport status) => status.Ingest.Partitions
        .Where(static partition => partition is { Topic: DemoOptions.Topic, NextOffset: not null })
        .ToDictionary(static partition => partition.Partition, static partition => partition.NextOffset!.Value);

    /// <summary>When a node first said after <paramref name="since"/> that it was given partitions.</summary>
    private DateTime FirstAssigned(IEnumerable<int> nodes, DateTime since) => nodes
        .SelectMany(node => File.ReadLines(running[node].Process.LogPath))
        .Where(static line => line.Contains("Assigned: ", StringComparison.Ordinal))
        .Select(static line => DateTime.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal))
        .Where(at => at > since)
        .DefaultIfEmpty(since).Min();
}
