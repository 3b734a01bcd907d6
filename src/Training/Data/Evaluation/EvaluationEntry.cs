using System.Text.Json.Serialization;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>One line of <c>eval/manifest.json</c>.</summary>
/// <param name="Name">As reports call the set.</param>
/// <param name="Format">Of the public formats: karpathy, sugarcrepe, winoground, vist, pope; or questions.</param>
/// <param name="Path">Of the set's file (sugarcrepe: the folder of its files), relative to the manifest.</param>
/// <param name="Images">The folder that the set's file names are relative to, relative to the manifest.</param>
internal sealed record EvaluationEntry(string Name, string Format, string Path, string Images)
{
    /// <summary>Of a generated answer or caption; null for as many as there are by default.</summary>
    [JsonPropertyName("max_tokens"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; init; }
}
