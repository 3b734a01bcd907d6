using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnifiedVlm.Model.Configuration;

/// <summary>
/// <c>ranking.json</c>: how far this checkpoint's vectors are to be trusted beside full text, as measured. Changes no vector, so it is no part of the
/// fingerprint. A folder without it trusts them as much as words.
/// </summary>
public sealed record RankingSettings
{
    public const string FileName = "ranking.json";

    /// <summary>Vectors that nothing was learned with only break ties: full text leads where a question has words.</summary>
    public static readonly RankingSettings Untrained = new() { VectorWeight = 0.05, AlignmentWeight = 0.05 };

    private static readonly JsonSerializerOptions Options = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Of the lists of nearest parts and nearest documents, where full text has 1 and nothing more particular is said.</summary>
    [JsonPropertyName("vector_weight")]
    public double VectorWeight { get; init; } = 1;

    /// <summary>Of the list of nearest parts; unless given <see cref="VectorWeight"/>.</summary>
    [JsonPropertyName("part_weight")]
    public double? OwnPartWeight { get; init; }

    /// <summary>Of the list of nearest documents; unless given <see cref="VectorWeight"/>.</summary>
    [JsonPropertyName("document_weight")]
    public double? OwnDocumentWeight { get; init; }

    /// <summary>Of the order by alignment.</summary>
    [JsonPropertyName("alignment_weight")]
    public double AlignmentWeight { get; init; } = 1;

    /// <summary>
    /// Cosine, -1 to 1: what is found without sharing a word with the question, and with no part as similar as this to a part of the question, is no evidence. -1
    /// takes whatever is nearest.
    /// </summary>
    [JsonPropertyName("min_similarity")]
    public double MinSimilarity { get; init; } = -1;

    [JsonIgnore]
    public double PartWeight => OwnPartWeight ?? VectorWeight;

    [JsonIgnore]
    public double DocumentWeight => OwnDocumentWeight ?? VectorWeight;

    /// <exception cref="ConfigException">A setting is of the wrong type, unknown or impossible.</exception>
    public static RankingSettings Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return new RankingSettings();
        var settings = ConfigFile.Parse<RankingSettings>(path, ConfigFile.Read(path), Options);
        foreach (var (name, weight) in new[]
        {
            ("vector_weight", settings.VectorWeight), ("part_weight", settings.PartWeight), ("document_weight", settings.DocumentWeight), ("alignment_weight", settings.AlignmentWeight),
        })
        {
            if (!(weight is >= 0 and <= 1000))
                throw new ConfigException(path, name, $"must be from 0 to 1000, not {weight}");
        }

        if (!(settings.MinSimilarity is >= -1 and <= 1))
            throw new ConfigException(path, "min_similarity", $"must be from -1 to 1, not {settings.MinSimilarity}");
        return settings;
    }
}
