using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnifiedVlm.Tests.Golden.Alignment;

/// <summary>One pair of tests/data/alignment/alignment.json.</summary>
public sealed record AlignmentPair(
    float[][] X,
    float[][] Y,
    float Sigma,
    [property: JsonPropertyName("logK")] double LogKernel,
    double Normalised,
    double Dtw,
    [property: JsonPropertyName("softdtw_gamma_0.1")] double SoftDtw,
    [property: JsonPropertyName("grad_logK_x")] double[][]? Gradient)
{
    public static IReadOnlyList<AlignmentPair> All { get; } = Load();

    public int Dimension => X[0].Length;

    public static float[] Flatten(float[][] rows) => [.. rows.SelectMany(static r => r)];

    private static AlignmentPair[] Load()
    {
        using var stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "alignment", "alignment.json"));
        return JsonSerializer.Deserialize<AlignmentPair[]>(stream, JsonSerializerOptions.Web)!;
    }
}
