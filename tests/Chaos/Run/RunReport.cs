using System.Text;
using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Chaos.Workload;

namespace UnifiedVlm.Chaos.Run;

/// <summary>What a run did and found.</summary>
/// <param name="Injected">Cycles by fault.</param>
/// <param name="Clean">The cycle after which everything was last found to be right.</param>
/// <param name="Joined">Processes that were members within the last hour; older ones are forgotten.</param>
/// <param name="Ended">Last words of nodes that ended by themselves.</param>
/// <param name="Stuck">What the last cycle waited for in vain.</param>
internal sealed record RunReport(
    ChaosOptions Options,
    IReadOnlyDictionary<string, int> Injected,
    int Cycles,
    int Clean,
    History History,
    ZombieTally Zombies,
    int Joined,
    IReadOnlyList<string> Ended,
    string? Stuck,
    CheckReport Found,
    TimeSpan Time)
{
    /// <summary>No damage, no node that gave up, and an end to every cycle.</summary>
    public bool IsGood => Found.IsClean && Ended.Count == 0 && Stuck is null;

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine($"# Chaos run, seeds {Options.Seed} to {Options.Seed + Cycles - 1}");
        text.AppendLine();
        text.AppendLine(
            $"{Cycles} cycles in {Time:h\\:mm\\:ss}, {Options.Nodes} nodes, {Options.Partitions} partitions, {Options.Poison:P0} poison, session {Options.Session.TotalSeconds} s.");
        text.AppendLine();
        text.AppendLine("| what | |");
        text.AppendLine("|---|---|");
        foreach (var (fault, times) in Injected)
            text.AppendLine($"| cycles of {fault} | {times} |");
        text.AppendLine($"| records sent | {History.Records} |");
        text.AppendLine($"| of them poison | {History.Letters} |");
        text.AppendLine($"| documents, of them living | {History.Documents}, {History.Living} |");
        foreach (var kind in Enum.GetValues<DamageKind>())
            text.AppendLine($"| {Name(kind)} | {Found.Of(kind)} |");
        text.AppendLine($"| zombies woken | {Zombies.Woken} |");
        text.AppendLine($"| zombies refused at the fence | {Zombies.Refused} |");
        text.AppendLine($"| zombies that had nothing to write | {Zombies.GaveUp} |");
        text.AppendLine($"| members of the last hour | {Joined} |");
        text.AppendLine($"| nodes that ended by themselves | {Ended.Count} |");
        if (!Found.IsClean)
            AppendBlock(text, $"Damage, done after cycle {Clean} (seed {Options.Seed + Clean}) and before the end of cycle {Cycles}", Found.ToString());
        if (Stuck is not null)
            AppendBlock(text, "A cycle did not come to its end", Stuck);
        foreach (var words in Ended)
            AppendBlock(text, "A node ended by itself", words);
        return text.ToString();
    }

    private static string Name(DamageKind kind) => kind switch
    {
        DamageKind.WrongLetter => "wrong dead letters",
        DamageKind.OutdatedOwner => "ranges written by an outdated owner",
        DamageKind.WrongMembers => "wrong members",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static void AppendBlock(StringBuilder text, string title, string content)
    {
        text.AppendLine();
        text.AppendLine($"## {title}");
        text.AppendLine();
        text.AppendLine("```");
        text.AppendLine(content.TrimEnd());
        text.AppendLine("```");
    }
}
