using System.Text.Json.Serialization;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A line of <c>glosses.jsonl</c>: a term of WordNet and its definition. Neighbours in the file are near in meaning.</summary>
internal sealed record Gloss
{
    [JsonPropertyName("term")]
    public required string Term { get; init; }

    [JsonPropertyName("definition")]
    public required string Definition { get; init; }

    [JsonPropertyName("verb")]
    public required bool Verb { get; init; }

    [JsonPropertyName("split")]
    public required DataSplit Split { get; init; }
}
