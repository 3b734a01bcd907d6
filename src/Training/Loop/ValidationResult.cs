using System.Text.Json.Nodes;

namespace UnifiedVlm.Training.Loop;

/// <summary>What a validation measured; a measure whose loss the recipe leaves out is missing.</summary>
/// <param name="Measures">
/// <c>regions.words</c>: share of image tokens whose likeliest word belongs to what they show; <c>pairs.left</c> and <c>pairs.right</c>: R@1 of the other side among all pairs; <c>pairs.groups</c>: share of left sides whose own right side is
/// the best within its group of hard negatives; <c>parts.nearest</c>: share of parts whose nearest other part says the same; <c>regions</c>, <c>captions</c>, <c>dialogues</c>, <c>documents</c>: -log p of a token; <c>dialogues.exact</c>: share of answers
/// that greedy decoding gives word for word; <c>sequences</c>: L_d.
/// </param>
public sealed record ValidationResult(IReadOnlyDictionary<string, double> Measures)
{
    private static readonly string[] Shares = ["regions.words", "pairs.left", "pairs.right", "pairs.groups", "parts.nearest", "dialogues.exact"];
    private static readonly string[] TokenLosses = ["regions", "captions", "dialogues", "documents"];

    /// <summary>What keep-best goes by: the mean of all shares, of exp(-loss) of the token losses and of 1 - L_d, each within [0, 1].</summary>
    public double Score
    {
        get
        {
            List<double> values =
            [
                .. Shares.Where(Measures.ContainsKey).Select(name => Measures[name]),
                .. TokenLosses.Where(Measures.ContainsKey).Select(name => Math.Exp(-Measures[name])),
            ];
            if (Measures.TryGetValue("sequences", out var difference))
                values.Add(Math.Max(0, 1 - difference));
            return values.Average();
        }
    }

    /// <summary>A line of metrics.jsonl.</summary>
    public JsonObject ToJson(int step) => new()
    {
        ["step"] = step,
        ["validation"] = new JsonObject(Measures.Select(static m => KeyValuePair.Create(m.Key, Number(m.Value)))),
        ["score"] = Number(Score),
    };

    /// <summary>JSON has no NaN.</summary>
    private static JsonNode? Number(double value) => double.IsFinite(value) ? Math.Round(value, 6) : null;
}
