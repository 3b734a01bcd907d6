using System.Globalization;
using Npgsql;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Nodes;

/// <summary>The nodes: as many places as there are to be nodes, each with one process after the other.</summary>
internal sealed class Fleet(FleetOptions options) : IAsyncDisposable
{
    private const int LongestLine = 300;

    /// <summary>Exit status of a node that was told to stop while it started.</summary>
    private const int Stopped = 130;

    private readonly List<ChaosNode> nodes = [];
    private int lives;

    public IReadOnlyList<ChaosNode> Nodes => nodes;

    /// <summary>What the nodes that run are called among the members.</summary>
    public IReadOnlyList<string> Names => [.. nodes.Select(static node => NameOf(node.Life)).Order(StringComparer.Ordinal)];

    /// <summary>What the last lines of nodes were that ended without having been told to.</summary>
    public List<string> Ended { get; } = [];

    /// <param name="whenSchemaIsThere">Called when the tables exist and before any node has taken a partition.</param>
    public async Task StartAsync(int count, Func<Task> whenSchemaIsThere)
    {
        await using (var first = Uvlm.Start([.. NodeArguments(slot: 0, life: 0)], keepInputOpen: true))
        {
            await first.WaitForLineAsync("listening on ");
            await first.KillAsync();
        }

        await whenSchemaIsThere();
        for (var slot = 0; slot < count; slot++)
            nodes.Add(Start(slot));
    }

    public ChaosNode Pick(Random random) => nodes[random.Next(nodes.Count)];

    /// <summary>SIGKILL, and another process in its place at once.</summary>
    public async Task KillAsync(ChaosNode node)
    {
        // One that has ended by itself is not to be taken for killed.
        await ReviveAsync();
        node = nodes[node.Slot];
        await node.Process.KillAsync();
        await node.Process.DisposeAsync();
        nodes[node.Slot] = Start(node.Slot);
    }

    /// <summary>Tells it to stop and waits until it has left; then another process in its place.</summary>
    public async Task RestartAsync(ChaosNode node)
    {
        await ReviveAsync();
        node = nodes[node.Slot];
        node.Process.CloseInput();
        await ReplaceAsync(node, Stopped);
    }

    /// <summary>Starts what has ended by itself, which no fault is a reason for.</summary>
    public async Task ReviveAsync()
    {
        // 0: it was told to, by the Ctrl-C that reaches every process of the terminal.
        foreach (var node in nodes.Where(static n => n.Process.HasExited).ToList())
            await ReplaceAsync(node, 0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            if (!node.Process.HasExited)
                await node.Process.KillAsync();
            await node.Process.DisposeAsync();
        }
    }

    /// <summary>The node's last lines, without the stacks that stand in the same line.</summary>
    public static string Words(ChaosNode node)
        => string.Join('\n', node.Process.Output.Split('\n').Select(static line => line.Length > LongestLine ? line[..LongestLine] + " ..." : line));

    /// <param name="right">An exit status that is no sign of trouble, beside 0.</param>
    private async Task ReplaceAsync(ChaosNode node, int right)
    {
        await node.Process.WaitForExitAsync();
        if (node.Process.ExitCode != 0 && node.Process.ExitCode != right)
            Ended.Add($"{node} ended with {node.Process.ExitCode}:\n{Words(node)}");
        await node.Process.DisposeAsync();
        nodes[node.Slot] = Start(node.Slot);
    }

    private static string NameOf(int life) => string.Create(CultureInfo.InvariantCulture, $"life-{life}");

    private ChaosNode Start(int slot)
    {
        var life = ++lives;
        return new ChaosNode(slot, life, Uvlm.Start([.. NodeArguments(slot, life), .. KafkaArguments()], keepInputOpen: true));
    }

    private IEnumerable<string> NodeArguments(int slot, int life)
    {
        // The database has to know whose session it is, whatever the program says of itself.
        var database = new NpgsqlConnectionStringBuilder(options.Database)
        {
            Options = string.Create(CultureInfo.InvariantCulture, $"-c chaos.slot={slot} -c chaos.life={life}"),
        };
        return
        [
            "serve", "--until-stdin-closes", "--node-name", NameOf(life), "--url", "http://127.0.0.1:0", "--database", database.ConnectionString, "--data", options.Folder,
            "--model", options.Model, "--threads", "1", "--batch-tokens", "512",
        ];
    }

    private IEnumerable<string> KafkaArguments() =>
    [
        "--kafka", options.Bootstrap, "--topics", options.Topic, "--group", options.Group,
        "--kafka-set", string.Create(CultureInfo.InvariantCulture, $"session.timeout.ms={options.Session.TotalMilliseconds:F0}"),
        "--kafka-set", "heartbeat.interval.ms=200", "--kafka-set", "reconnect.backoff.max.ms=500",
        // Above the session: the test broker answers a join so late, and asserts that nobody asks twice.
        "--kafka-set", string.Create(CultureInfo.InvariantCulture, $"socket.timeout.ms={2 * options.Session.TotalMilliseconds:F0}"),
    ];
}
