using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>What the data folder holds: <c>catalogue.json</c>.</summary>
/// <param name="Seed">Everything drawn from this data follows from it.</param>
/// <param name="Concepts">In the order of their ids.</param>
public sealed record Catalogue(ulong Seed, IReadOnlyList<Concept> Concepts)
{
    public const string FileName = "catalogue.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public static Catalogue Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<Catalogue>(stream, Json) ?? throw new DataException(path, "is empty");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException(path, "is missing: make the data with deploy/data.sh or uvlm data build", e);
        }
        catch (JsonException e)
        {
            throw new DataException(path, $"is damaged: {e.Message}; make the data again with uvlm data build", e);
        }
    }

    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, this, Json));
}
