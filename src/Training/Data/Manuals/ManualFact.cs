using System.Text.Json.Serialization;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>A line of <c>facts.jsonl</c>: something that can be asked about a page, and the sentence of the page that answers it.</summary>
internal sealed record ManualFact
{
    /// <summary>Index of the page in <c>documents.jsonl</c>.</summary>
    [JsonPropertyName("page")]
    public required int Page { get; init; }

    /// <summary>Index of the part that holds the answer.</summary>
    [JsonPropertyName("part")]
    public required int Part { get; init; }

    [JsonPropertyName("kind")]
    public required FactKind Kind { get; init; }

    /// <summary>What is asked about: an option's name, a parameter, a deed ("draw a straight line").</summary>
    [JsonPropertyName("subject")]
    public required string Subject { get; init; }

    /// <summary>What the subject belongs to ("Smudge tool", "Lasso"); empty where it stands for itself.</summary>
    [JsonPropertyName("of")]
    public required string Of { get; init; }

    /// <summary>Quoted from the part as it stands.</summary>
    [JsonPropertyName("answer")]
    public required string Answer { get; init; }
}
