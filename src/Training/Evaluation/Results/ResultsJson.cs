using System.Text.Encodings.Web;
using System.Text.Json;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary><c>results.json</c>: every figure with its interval and the outcome of every item. Lists of ids stand once a set; measures name them by number.</summary>
public static class ResultsJson
{
    public const string FileName = "results.json";

    private const string FormatName = "uvlm.evaluation.1";

    /// <summary>Writes the file, atomically.</summary>
    public static void Write(string path, EvaluationResult result) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("format", FormatName);
        json.WriteString("model", result.Model);
        json.WriteString("fingerprint", result.Fingerprint);
        json.WriteBoolean("trained", result.IsTrained);
        json.WriteStartArray("sets");
        foreach (var set in result.Sets)
            Write(json, set);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <exception cref="SetFormatException">The file is no result of an evaluation; names the field.</exception>
    public static EvaluationResult Read(string path)
    {
        using var file = SetFile.Read(path);
        var root = JsonItem.Of(path, "", file.RootElement);
        if (root.OptionalText("format") != FormatName)
            throw root.Wrong("format", $"must be {FormatName}: name a results.json that uvlm eval wrote");
        return new EvaluationResult(
            root.Text("model"), root.Text("fingerprint"), root.OptionalFlag("trained") ?? false, [.. root.Items("sets").Select(ReadSet)]);
    }

    private static void Write(Utf8JsonWriter json, SetResult set)
    {
        var lists = new List<string[]>();
        json.WriteStartObject();
        json.WriteString("name", set.Name);
        json.WriteString("format", set.Format);
        json.WriteNumber("count", set.Count);
        json.WriteNumber("seconds", Math.Round(set.Seconds, 1));
        if (set.Note is not null)
            json.WriteString("note", set.Note);
        if (set.Digest is not null)
            json.WriteString("digest", set.Digest);
        if (set.Candidates is { } candidates)
            json.WriteNumber("candidates", candidates);
        if (set.TokenLimit is { } limit)
            json.WriteNumber("max_tokens", limit);
        if (set.LeftOut.Count > 0)
        {
            json.WriteStartArray("left_out");
            foreach (var item in set.LeftOut)
                json.WriteStringValue(item);
            json.WriteEndArray();
        }

        json.WriteStartArray("measures");
        foreach (var measure in set.Measures)
            Write(json, measure, lists);
        json.WriteEndArray();
        json.WriteStartArray("items");
        foreach (var list in lists)
        {
            json.WriteStartArray();
            foreach (var id in list)
                json.WriteStringValue(id);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MeasureResult measure, List<string[]> lists)
    {
        json.WriteStartObject();
        json.WriteString("task", measure.Task);
        json.WriteString("score", measure.Score);
        json.WriteString("name", measure.Name);
        json.WriteString("aggregate", measure.Aggregate.ToString());
        json.WriteNumber("value", measure.Interval.Value);
        WriteBound(json, "low", measure.Interval.Low);
        WriteBound(json, "high", measure.Interval.High);
        if (measure.Random is { } random)
            json.WriteNumber("random", random);
        if (measure.IsHeadline)
            json.WriteBoolean("headline", true);
        if (measure.IsDifference)
            json.WriteBoolean("difference", true);
        json.WriteNumber("items", NumberOf(measure.Items, lists));
        if (measure.Groups is { } groups)
            json.WriteNumber("groups", NumberOf(groups, lists));
        json.WriteStartArray("outcomes");
        foreach (var outcome in measure.Outcomes)
            json.WriteNumberValue((float)outcome);
        json.WriteEndArray();
        if (measure.TextOnly is { } textOnly)
        {
            json.WritePropertyName("text_only");
            Write(json, textOnly, lists);
        }

        json.WriteEndObject();
    }

    /// <summary>Null where there is none: JSON has no other word for it.</summary>
    private static void WriteBound(Utf8JsonWriter json, string name, double bound)
    {
        if (double.IsNaN(bound))
            json.WriteNull(name);
        else
            json.WriteNumber(name, bound);
    }

    private static int NumberOf(IReadOnlyList<string> items, List<string[]> lists)
    {
        var number = lists.FindIndex(list => list.SequenceEqual(items));
        if (number >= 0)
            return number;
        lists.Add([.. items]);
        return lists.Count - 1;
    }

    private static SetResult ReadSet(JsonItem set)
    {
        var lists = set.List("items").Select((list, i) => Texts(set, $"items[{i}]", list)).ToList();
        return new SetResult(
            set.Text("name"), set.Text("format"), set.Whole("count"), set.Number("seconds"), set.OptionalText("note"),
            [.. set.Items("measures").Select(measure => ReadMeasure(measure, lists))])
        {
            Digest = set.OptionalText("digest"),
            Candidates = set.Has("candidates") ? set.Whole("candidates") : null,
            TokenLimit = set.Has("max_tokens") ? set.Whole("max_tokens") : null,
            LeftOut = set.Has("left_out") ? Texts(set, "left_out", set.Element.GetProperty("left_out")) : [],
        };
    }

    private static string[] Texts(JsonItem item, string field, JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select(text => text.ValueKind == JsonValueKind.String ? item.Unicode(field, text) : throw item.Wrong(field, "holds something else than strings"))]
        : throw item.Wrong(field, "must be an array of strings");

    private static MeasureResult ReadMeasure(JsonItem measure, List<string[]> lists)
    {
        var outcomes = measure.List("outcomes")
            .Select(outcome => outcome.ValueKind == JsonValueKind.Number ? outcome.GetDouble() : throw measure.Wrong("outcomes", "holds something else than numbers"))
            .ToArray();
        if (!Enum.TryParse<Aggregate>(measure.Text("aggregate"), out var aggregate))
            throw measure.Wrong("aggregate", $"is '{measure.Text("aggregate")}', which is not known");
        if (aggregate != Aggregate.Mean && outcomes.Any(static o => o is not (Decision.TrueNegative or Decision.FalsePositive or Decision.FalseNegative or Decision.TruePositive)))
            throw measure.Wrong("outcomes", "holds something else than 0 to 3, the numbers of decisions");
        return new MeasureResult(
            measure.Text("task"), measure.Text("score"), measure.Text("name"), aggregate, Names(measure, "items", lists, outcomes.Length), outcomes,
            measure.Has("random") ? measure.Number("random") : null)
        {
            Groups = measure.Has("groups") ? Names(measure, "groups", lists, outcomes.Length) : null,
            IsHeadline = measure.OptionalFlag("headline") ?? false,
            IsDifference = measure.OptionalFlag("difference") ?? false,
            TextOnly = measure.Has("text_only") ? ReadMeasure(JsonItem.Of(measure.File, $"{measure.Place}.text_only", measure.Element.GetProperty("text_only")), lists) : null,
        };
    }

    private static string[] Names(JsonItem measure, string field, List<string[]> lists, int count) =>
        measure.Whole(field) is >= 0 and var list && list < lists.Count && lists[list].Length == count
            ? lists[list]
            : throw measure.Wrong(field, $"names no list of {count} names");
}
