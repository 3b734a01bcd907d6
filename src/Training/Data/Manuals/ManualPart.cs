using System.Text.Json.Serialization;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A text, or a picture by its index in <c>pictures.safetensors</c>, of a page.</summary>
internal sealed record ManualPart
{
    [JsonPropertyName("text")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    [JsonPropertyName("picture")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Picture { get; init; }

    /// <summary>Of the picture, where the page says anything about it.</summary>
    [JsonPropertyName("caption")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Caption { get; init; }
}
