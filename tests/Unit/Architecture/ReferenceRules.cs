namespace UnifiedVlm.Tests.Unit.Architecture;

/// <summary>What each project may reference: the table in docs/architecture.md.</summary>
public sealed class ReferenceRules
{
    private readonly Dictionary<string, HashSet<string>> _allowed;

    private ReferenceRules(Dictionary<string, HashSet<string>> allowed) => _allowed = allowed;

    public IReadOnlyCollection<string> Projects => _allowed.Keys;

    /// <summary>Reads rows of the form <c>| project | may reference | what it is |</c>; "-" means none and "all" every other one.</summary>
    public static ReferenceRules Parse(string markdown)
    {
        var rows = MarkdownTable.Rows(markdown).Where(row => row.Length == 3).ToList();
        return new ReferenceRules(rows.ToDictionary(row => row[0], row => row[1] switch
        {
            "-" => [],
            "all" => rows.Select(other => other[0]).Where(other => other != row[0]).ToHashSet(),
            _ => row[1].Split(',', StringSplitOptions.TrimEntries).ToHashSet(),
        }));
    }

    public bool Allows(string from, string to) => _allowed.TryGetValue(from, out var allowed) && allowed.Contains(to);

    /// <summary>A project that reaches itself along the rows, or null where the table has no cycle.</summary>
    public string? FindCycle() => Projects.FirstOrDefault(start => Reaches(start, start, []));

    private bool Reaches(string from, string target, HashSet<string> seen) =>
        _allowed[from].Any(next => next == target || (_allowed.ContainsKey(next) && seen.Add(next) && Reaches(next, target, seen)));
}
