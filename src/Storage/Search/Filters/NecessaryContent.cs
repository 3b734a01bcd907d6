using System.Text.Json.Nodes;

namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>
/// Metadata that every document passing a filter contains (jsonb's @>), for the index on it: alternatives, each of several values. Of a filter that says more, less
/// follows; of one that says nothing of the kind, nothing.
/// </summary>
internal static class NecessaryContent
{
    private const int MostAlternatives = 32;

    /// <returns>JSON objects; null: nothing follows.</returns>
    public static IReadOnlyList<string>? Of(Filter filter)
        => Alternatives(filter) is { } alternatives ? [.. alternatives.Select(Merge).Distinct(StringComparer.Ordinal)] : null;

    private static List<Entry[]>? Alternatives(Filter filter) => filter switch
    {
        FilterComparison { Operator: FilterOperator.Equal, Field.Attribute: null } equal => [[new Entry(equal.Field, equal.Value, IsElement: false)]],
        FilterComparison { Operator: FilterOperator.Has } has => [[new Entry(has.Field, has.Value, IsElement: true)]],
        FilterIn { Field.Attribute: null } among when among.Values.Count <= MostAlternatives => [.. among.Values.Select(v => (Entry[])[new Entry(among.Field, v, IsElement: false)])],
        FilterAnd and => All(and.Operands),
        FilterOr or => Any(or.Operands),
        _ => null,
    };

    private static List<Entry[]>? All(IReadOnlyList<Filter> operands)
    {
        List<Entry[]>? joined = null;
        foreach (var operand in operands)
        {
            if (Alternatives(operand) is not { } next)
                continue;
            if (joined is null)
                joined = next;
            else if (joined.Count * next.Count <= MostAlternatives)
                joined = [.. from left in joined from right in next select (Entry[])[.. left, .. right]];
        }
        return joined;
    }

    private static List<Entry[]>? Any(IReadOnlyList<Filter> operands)
    {
        var joined = new List<Entry[]>();
        foreach (var operand in operands)
        {
            if (Alternatives(operand) is not { } next || joined.Count + next.Count > MostAlternatives)
                return null;
            joined.AddRange(next);
        }
        return joined;
    }

    /// <summary>One object with all entries. Entries that exclude each other, which nothing passes, leave the later ones out.</summary>
    private static string Merge(Entry[] entries)
    {
        var root = new JsonObject();
        foreach (var entry in entries)
        {
            if (Parent(root, entry.Field.Path) is not { } parent)
                continue;
            var name = entry.Field.Path[^1];
            if (entry.IsElement && parent[name] is JsonArray list)
                list.Add(JsonNode.Parse(entry.Value.Json));
            else if (!parent.ContainsKey(name))
                parent[name] = entry.IsElement ? new JsonArray(JsonNode.Parse(entry.Value.Json)) : JsonNode.Parse(entry.Value.Json);
        }
        return root.ToJsonString();
    }

    private static JsonObject? Parent(JsonObject root, IReadOnlyList<string> path)
    {
        var parent = root;
        foreach (var name in path.Take(path.Count - 1))
        {
            if (!parent.ContainsKey(name))
                parent[name] = new JsonObject();
            if (parent[name] is not JsonObject inner)
                return null;
            parent = inner;
        }
        return parent;
    }

    private readonly record struct Entry(FilterField Field, FilterValue Value, bool IsElement);
}
