using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>The folder of one evaluation set, empty at first: <c>images/</c> with PNG files and JSON beside it.</summary>
internal sealed class EvaluationFolder
{
    private const string Images = "images";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string folder;
    private readonly string name;
    private int pictures;

    public EvaluationFolder(string parent, string name)
    {
        this.name = name;
        folder = Path.Combine(parent, name);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(Path.Combine(folder, Images));
    }

    /// <param name="file">The set's file; without one the set is all files of the folder.</param>
    public EvaluationSet Finish(string format, string? file = null) =>
        new(new EvaluationEntry(name, format, file is null ? name : $"{name}/{file}", $"{name}/{Images}"), pictures);

    /// <summary>Writes a picture under the next number and returns its file name.</summary>
    public string Save(Picture picture) => Save(picture, string.Create(CultureInfo.InvariantCulture, $"{pictures:000000}"));

    /// <returns>The file name, with its extension.</returns>
    public string Save(Picture picture, string stem)
    {
        pictures++;
        File.WriteAllBytes(Path.Combine(folder, Images, stem + ".png"), ImageEncoder.EncodePng(new RgbImage(picture.Side, picture.Side, picture.Rgb.ToArray())));
        return stem + ".png";
    }

    public void Write(string file, JsonNode json) => AtomicFile.Write(Path.Combine(folder, file), stream => JsonSerializer.Serialize(stream, json, Json));

    public void WriteLines(string file, IEnumerable<JsonNode> lines) => AtomicFile.Write(Path.Combine(folder, file), stream =>
    {
        foreach (var line in lines)
        {
            JsonSerializer.Serialize(stream, line, Json);
            stream.WriteByte((byte)'\n');
        }
    });
}
