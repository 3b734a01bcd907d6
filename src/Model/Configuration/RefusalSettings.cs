using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Model.Configuration;

/// <summary>
/// <c>refusal.json</c>: when this checkpoint's answers from evidence are to be that the documents do not say, as measured. A folder without it leaves that to
/// the tokens that the model likes best. Changes no vector, so it is no part of the fingerprint.
/// </summary>
public sealed record RefusalSettings
{
    public const string FileName = "refusal.json";

    private const double Largest = 1000;

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Of <see cref="RefusalSigns.Refusal"/>.</summary>
    [JsonPropertyName("refusal_weight")]
    public required double RefusalWeight { get; init; }

    /// <summary>Of <see cref="RefusalSigns.Question"/>; below 0 where a question that the evidence lets expect is likely to be answered by it.</summary>
    [JsonPropertyName("question_weight")]
    public required double QuestionWeight { get; init; }

    [JsonPropertyName("bias")]
    public required double Bias { get; init; }

    /// <summary>Above 0 the documents do not say. The log-odds, where the weights were fitted as such.</summary>
    public double Score(RefusalSigns signs) => Bias + (RefusalWeight * signs.Refusal) + (QuestionWeight * signs.Question);

    /// <returns>Null where the folder has no such file.</returns>
    /// <exception cref="ConfigException">A weight is missing or impossible.</exception>
    public static RefusalSettings? Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        var settings = ConfigFile.Parse<RefusalSettings>(path, ConfigFile.Read(path), Options);
        foreach (var (name, weight) in new[] { ("refusal_weight", settings.RefusalWeight), ("question_weight", settings.QuestionWeight), ("bias", settings.Bias) })
        {
            if (!(Math.Abs(weight) <= Largest))
                throw new ConfigException(path, name, $"must be from -{Largest} to {Largest}, not {weight}");
        }

        return settings;
    }

    /// <summary>As the file has it.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, Options);
}
