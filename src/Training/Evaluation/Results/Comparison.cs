using System.Globalization;
using System.Text;
using UnifiedVlm.Training.Evaluation.Statistics;
using UnifiedVlm.Training.Evaluation.Tasks;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>Two models item by item: what differs by more than the choice of items explains.</summary>
/// <param name="Differences">Every figure that both have, over the items that both have.</param>
/// <param name="Notes">What is to be known of sets that were compared.</param>
/// <param name="Refused">Why sets were not compared that both have.</param>
public sealed record Comparison(IReadOnlyList<MeasureDifference> Differences, IReadOnlyList<string> Notes, IReadOnlyList<string> Refused)
{
    /// <summary>Compares the sets that both have, unless they hold different items or let different numbers of them compete.</summary>
    public static Comparison Of(EvaluationResult first, EvaluationResult second)
    {
        List<MeasureDifference> differences = [];
        List<string> notes = [], refused = [];
        foreach (var set in first.Sets)
        {
            if (second.Sets.FirstOrDefault(other => other.Name == set.Name) is not { } other)
                continue;
            if (set.Digest is null || other.Digest is null)
            {
                notes.Add($"Set '{set.Name}': an older version wrote {(set.Digest is null ? other.Digest is null ? "both files" : "the first file" : "the second file")}, which does not say what the items were; they are told by their ids alone.");
            }
            else if (Mismatch(set, other) is { } mismatch)
            {
                refused.Add($"set '{set.Name}' is not compared: {mismatch}");
                continue;
            }

            // Where one text was cut off and the other not, the limits are compared, not the models.
            if (set.TokenLimit is null != other.TokenLimit is null && set.Measures.Any(IsGenerated))
                notes.Add($"Set '{set.Name}': an older version wrote the {(set.TokenLimit is null ? "first" : "second")} file, which does not say how many tokens a generated text could have; the other had up to {set.TokenLimit ?? other.TokenLimit}.");
            var isCut = set.TokenLimit is { } limit && other.TokenLimit is { } limitOfOther && limit != limitOfOther;
            if (isCut && set.Measures.Any(IsGenerated))
                refused.Add($"generated texts of set '{set.Name}' are not compared: they had up to {set.TokenLimit} tokens in the first and {other.TokenLimit} in the second; measure both with the same max_tokens");
            foreach (var measure in set.Measures.Where(measure => !isCut || !IsGenerated(measure)))
            {
                var pair = other.Measures.FirstOrDefault(m => m.Task == measure.Task && m.Score == measure.Score && m.Name == measure.Name && m.Aggregate == measure.Aggregate);
                if (pair is not null && Compare(set.Name, measure, pair) is { } difference)
                    differences.Add(difference);
            }
        }

        return new Comparison(differences, notes, refused);
    }

    /// <summary>As a table.</summary>
    public string Render(string first, string second)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"First: {first}. Second: {second}. In percent; the difference is first minus second over the same items, with 95 % bounds.\n\n");
        text.Append("| set | task | by | measure | n | first | second | difference | 95 % |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var d in Differences)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {Figures.Cell(d.Set)} | {Figures.Cell(d.Task)} | {d.Score} | {d.Name} | {d.Count} | {Figures.Percent(d.First)} | {Figures.Percent(d.Second)} | {Figures.Signed(d.Difference.Value)} | {d.Difference.Bounds(Figures.Signed, " to ")} |\n");
        }

        foreach (var note in Notes)
            text.Append('\n').Append(note).Append('\n');
        return text.ToString();
    }

    private static bool IsGenerated(MeasureResult measure) => measure.Score == AnswerScores.Generation;

    private static string? Mismatch(SetResult first, SetResult second)
    {
        if (first.Digest != second.Digest)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the first was measured on {first.Count} items, the second on {second.Count}, and they are not the same texts, answers and pictures; measure both on the same files with the same --max");
        }

        return first.Candidates == second.Candidates
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{first.Candidates} items compete in the first and {second.Candidates} in the second; measure both with the same gallery");
    }

    private static MeasureDifference? Compare(string set, MeasureResult first, MeasureResult second)
    {
        // An id that occurs several times, as in files joined into one, stands for as many items, in order.
        var other = new Dictionary<(string, int), double>();
        foreach (var (id, outcome) in Numbered(second.Items).Zip(second.Outcomes))
            other.Add(id, outcome);
        var mine = Numbered(first.Items).ToList();
        var common = Enumerable.Range(0, mine.Count).Where(i => other.ContainsKey(mine[i])).ToList();
        if (common.Count == 0)
            return null;
        double[] ours = [.. common.Select(i => first.Outcomes[i])], theirs = [.. common.Select(i => other[mine[i]])];
        var groups = first.Groups is { } names ? common.ConvertAll(i => names[i]) : null;
        var all = Enumerable.Range(0, common.Count).ToArray();
        return new MeasureDifference(
            set, first.Task, first.Score, first.Name, common.Count,
            Aggregation.Value(first.Aggregate, ours, all), Aggregation.Value(first.Aggregate, theirs, all), Aggregation.Difference(first.Aggregate, ours, theirs, groups));
    }

    /// <summary>Each id with how often it occurred before.</summary>
    private static IEnumerable<(string Id, int Before)> Numbered(IReadOnlyList<string> ids)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            var before = seen.GetValueOrDefault(id);
            seen[id] = before + 1;
            yield return (id, before);
        }
    }
}
