using System.Globalization;
using System.Text;
using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Chaos.Run;
using UnifiedVlm.Chaos.Workload;
using UnifiedVlm.Streams.Broker;

namespace UnifiedVlm.Chaos.Outage;

/// <summary>What a run did and found.</summary>
internal sealed record OutageReport
{
    private const int Rows = 10;

    /// <summary>Of memory that goes up and down by itself: garbage that nobody has asked for yet.</summary>
    private const double AllowedGrowth = 0.05;

    private static readonly string[] Shown = ["records", "raw bytes", "vector bytes", "decode", "transactions", "kafka prefetch bytes"];

    public required OutageOptions Options { get; init; }

    public required ChaosOptions Bed { get; init; }

    public required IReadOnlyList<OutageSample> Samples { get; init; }

    /// <summary>How long PostgreSQL was away.</summary>
    public required TimeSpan Away { get; init; }

    /// <summary>From PostgreSQL's return until all that had been sent was stored.</summary>
    public required TimeSpan Drained { get; init; }

    /// <summary>What the broker was asked while PostgreSQL was away.</summary>
    public required IReadOnlyDictionary<BrokerRequest, int> Requests { get; init; }

    /// <summary>And up to the end.</summary>
    public required IReadOnlyDictionary<BrokerRequest, int> RequestsInAll { get; init; }

    /// <summary>Partitions that were taken over during the outage or after it.</summary>
    public required long Taken { get; init; }

    /// <summary>Whether each partition has the owner and epoch that it had before.</summary>
    public required bool OwnersKept { get; init; }

    /// <summary>Last words of nodes that ended by themselves.</summary>
    public required IReadOnlyList<string> Ended { get; init; }

    public required History History { get; init; }

    public required CheckReport Found { get; init; }

    public int Heartbeats => Requests.GetValueOrDefault(BrokerRequest.Heartbeat);

    /// <summary>Requests that begin or end a generation of the group.</summary>
    public int GroupChanges => RequestsInAll.GetValueOrDefault(BrokerRequest.JoinGroup) + RequestsInAll.GetValueOrDefault(BrokerRequest.SyncGroup) + RequestsInAll.GetValueOrDefault(BrokerRequest.LeaveGroup);

    /// <summary>Samples of gauges beyond their limit.</summary>
    public int Overflows => Samples.SelectMany(static s => s.Nodes).SelectMany(static n => n.Gauges).Count(static g => g.Used > g.Limit);

    /// <summary>Samples in which a node did not say how full it was.</summary>
    public int Silent => Samples.SelectMany(static s => s.Nodes).Count(static n => n.Gauges.Count == 0);

    /// <summary>Whether nodes were full, so that nothing but waiting was left to them.</summary>
    public bool WasFull => Enumerable.Range(0, Bed.Nodes).All(node => AwaySamples.Any(s => s.Nodes[node].Paused > 0));

    /// <summary>No damage, no node that gave up, the same owners, the same generation of the group, queues within their bounds.</summary>
    public bool IsGood => Found.IsClean && Ended.Count == 0 && Taken == 0 && OwnersKept && GroupChanges == 0 && Heartbeats > 0 && Overflows == 0 && Silent == 0;

    /// <summary>Growth of each node's resident memory from the middle of the outage (40 to 60 %) to its end (the last 20 %), as a share; medians.</summary>
    public IReadOnlyList<double> Growth => [.. Enumerable.Range(0, Bed.Nodes).Select(node => (Median(node, 0.8, 1) / Median(node, 0.4, 0.6)) - 1)];

    public bool IsMemoryFlat => Growth.All(static g => g < AllowedGrowth);

    private IReadOnlyList<OutageSample> AwaySamples => [.. Samples.Where(static s => s.Phase == OutagePhase.Away)];

    public async Task WriteAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var name = Path.Combine(folder, $"outage-{Bed.Seed}-{Away.TotalSeconds:F0}{(Options.Kill ? "-kill" : "")}");
        await File.WriteAllTextAsync(name + ".md", ToMarkdown());
        await File.WriteAllTextAsync(name + ".svg", MemoryChart.Draw(Samples, Away));
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(Invariant($"# PostgreSQL {(Options.Kill ? "killed" : "stopped")} for {Away.TotalSeconds:F0} s, seed {Bed.Seed}")).AppendLine();
        text.AppendLine(Invariant($"{Bed.Nodes} nodes, {Bed.Partitions} partitions, {Bed.Poison:P0} poison, session {Bed.Session.TotalSeconds} s; {Options.Rate} records/s were sent meanwhile.")).AppendLine();
        text.AppendLine("| what | |").AppendLine("|---|---|");
        text.AppendLine($"| records sent, in all and while it was away | {History.Records}, {AwaySamples[^1].Sent} |");
        text.AppendLine($"| of them poison; documents | {History.Letters}; {History.Documents} |");
        text.AppendLine(Invariant($"| everything stored after its return | {Drained.TotalSeconds:F1} s |"));
        foreach (var kind in Enum.GetValues<DamageKind>())
            text.AppendLine($"| {kind} | {Found.Of(kind)} |");
        text.AppendLine($"| heartbeats while it was away | {Heartbeats} |");
        text.AppendLine($"| joins, syncs and leaves of the group until the end | {GroupChanges} |");
        text.AppendLine($"| partitions taken over; owners and epochs as before | {Taken}; {(OwnersKept ? "yes" : "NO")} |");
        text.AppendLine($"| nodes that ended by themselves | {Ended.Count} |");
        text.AppendLine($"| samples; gauges beyond their limit; without an answer | {Samples.Count}; {Overflows}; {Silent} |");
        text.AppendLine(Invariant($"| resident memory from the middle to the end of the outage | {string.Join(", ", Growth.Select(static g => g.ToString("+0.0 %;-0.0 %", CultureInfo.InvariantCulture)))} |"));
        AppendTimes(text);
        if (!Found.IsClean)
            text.AppendLine().AppendLine("```").AppendLine(Found.ToString()).AppendLine("```");
        foreach (var words in Ended)
            text.AppendLine().AppendLine("```").AppendLine(words).AppendLine("```");
        return text.ToString();
    }

    private void AppendTimes(StringBuilder text)
    {
        text.AppendLine().AppendLine("Of each node in turn; bytes in MB.").AppendLine();
        text.AppendLine($"| s | phase | sent | resident | paused | {string.Join(" | ", Shown)} |");
        text.AppendLine($"|---|---|---|---|---|{string.Concat(Enumerable.Repeat("---|", Shown.Length))}");
        var away = AwaySamples;
        var chosen = Samples.Where(static s => s.Phase == OutagePhase.Before).TakeLast(1)
            .Concat(Enumerable.Range(0, Rows + 1).Select(i => away[i * (away.Count - 1) / Rows]))
            .Concat(Samples.Where(static s => s.Phase == OutagePhase.Draining).Take(1))
            .Append(Samples[^1]);
        foreach (var sample in chosen)
        {
            var gauges = Shown.Select(name => string.Join(", ", sample.Nodes.Select(n => name.EndsWith("bytes", StringComparison.Ordinal) ? Mega(n.Used(name)) : Invariant($"{n.Used(name)}"))));
            text.AppendLine(Invariant(
                $"| {sample.At.TotalSeconds:F0} | {sample.Phase} | {sample.Sent} | {string.Join(", ", sample.Nodes.Select(static n => Mega(n.Resident)))} | {string.Join(", ", sample.Nodes.Select(static n => n.Paused))} | {string.Join(" | ", gauges)} |"));
        }
    }

    /// <summary>Of a node's resident memory in a part of the outage.</summary>
    private double Median(int node, double from, double to)
    {
        var part = AwaySamples.Where(s => s.At >= Away * from && s.At <= Away * to).Select(s => s.Nodes[node].Resident).Order().ToArray();
        return part.Length == 0 ? double.NaN : part[part.Length / 2];
    }

    private static string Mega(long bytes) => (bytes / 1048576.0).ToString("F1", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
