using System.Text.Json.Serialization;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A line of <c>documents.jsonl</c>: one page as interleaved texts and pictures.</summary>
internal sealed record ManualPage
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("title")]
    public required string Title { get; init; }

    /// <summary>The name of the <see cref="Manual"/>.</summary>
    [JsonPropertyName("source")]
    public required string Source { get; init; }

    [JsonPropertyName("licence")]
    public required string Licence { get; init; }

    [JsonPropertyName("split")]
    public required DataSplit Split { get; init; }

    [JsonPropertyName("parts")]
    public required IReadOnlyList<ManualPart> Parts { get; init; }
}
