using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Names and formats of the files below <c>manuals/</c>.</summary>
internal static class ManualFiles
{
    public const string Folder = "manuals";

    /// <summary>The folder beside it with questions of the validation split.</summary>
    public const string Validation = "validation";
    public const string Pictures = "pictures.safetensors";
    public const string PicturesTensor = "pictures";
    public const string Documents = "documents.jsonl";
    public const string Facts = "facts.jsonl";
    public const string Glosses = "glosses.jsonl";
    public const string Licences = "LICENCES.md";

    /// <summary>S, the side in pixels that the shipped model's eye takes.</summary>
    public const int PictureSide = 128;

    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public static void WriteLines<T>(string path, IEnumerable<T> values) => AtomicFile.Write(path, stream =>
    {
        foreach (var value in values)
        {
            JsonSerializer.Serialize(stream, value, Options);
            stream.WriteByte((byte)'\n');
        }
    });

    /// <exception cref="DataException">The file is missing or a line is not as it was written.</exception>
    public static List<T> ReadLines<T>(string path)
        where T : class
    {
        var values = new List<T>();
        try
        {
            foreach (var line in File.ReadLines(path))
                values.Add(JsonSerializer.Deserialize<T>(line, Options) ?? throw new JsonException("must be an object, not null"));
        }
        catch (JsonException e)
        {
            throw new DataException(path, $"line {values.Count + 1}: {e.Message}; build the data again", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, $"can't be read ({e.Message}); build the data again", e);
        }

        return values;
    }
}
