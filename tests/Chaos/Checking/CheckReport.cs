using System.Text;

namespace UnifiedVlm.Chaos.Checking;

/// <summary>What the checker found, counted by kind, with the first examples of each.</summary>
internal sealed class CheckReport
{
    private const int ExamplesShown = 5;

    private readonly Dictionary<DamageKind, int> counts = [];
    private readonly Dictionary<DamageKind, List<string>> examples = [];

    public bool IsClean => counts.Count == 0;

    public int Of(DamageKind kind) => counts.GetValueOrDefault(kind);

    public void Add(DamageKind kind, string what)
    {
        counts[kind] = Of(kind) + 1;
        if (!examples.TryGetValue(kind, out var list))
            examples[kind] = list = [];
        if (list.Count < ExamplesShown)
            list.Add(what);
    }

    /// <summary>One line a kind, one an example.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (kind, count) in counts.OrderBy(static c => c.Key))
        {
            text.AppendLine($"{kind}: {count}");
            foreach (var example in examples[kind])
                text.AppendLine($"  {example}");
            if (count > examples[kind].Count)
                text.AppendLine($"  ... and {count - examples[kind].Count} more");
        }

        return text.ToString();
    }
}
