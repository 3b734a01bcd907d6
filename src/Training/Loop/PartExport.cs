using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// Writes the parts that a run asks its teachers for, each once, so that another program can compute the vectors of a <see cref="PrecomputedTeacher"/>:
/// <c>parts.jsonl</c>, in the order in which the run asks, a line <c>{"key", "text"}</c> or <c>{"key", "picture"}</c> each, where the picture is a PNG's path from the folder.
/// </summary>
public static class PartExport
{
    public const string FileName = "parts.jsonl";

    private const string PictureFolder = "pictures";

    /// <summary>Sequences drawn side by side; their pictures are in memory together.</summary>
    private const int Block = 64;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="folder">Must not be there; it appears when all is written.</param>
    /// <param name="progress">Told how many of how many sequences are drawn.</param>
    /// <exception cref="ConfigException">The folder is there, or what an export of it has begun; the recipe asks no teacher, or names a source that the data lacks.</exception>
    public static (int Texts, int Pictures) Write(Recipe recipe, ITrainingData data, string folder, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        // With a separator at its end what is written beside it would be written into it.
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Path.Exists(folder))
            throw new ConfigException(folder, "--out", "is there already; choose a new folder");
        var unfinished = folder + ".part";
        if (Path.Exists(unfinished))
            throw new ConfigException(unfinished, "--out", "is there already: an export is being written, or was cut off; remove it if none is, or choose a new folder");
        var asked = new AskedSequences(recipe, data);
        var known = new HashSet<PartHash>();
        var pictures = 0;
        try
        {
            Directory.CreateDirectory(Path.Combine(unfinished, PictureFolder));
            using (var lines = File.Create(Path.Combine(unfinished, FileName)))
            {
                for (var first = 0L; first < asked.Count; first += Block)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var count = (int)Math.Min(Block, asked.Count - first);
                    var fresh = Draw(asked, first, count).Where(part => known.Add(part.Key)).ToList();
                    pictures += fresh.Count(static part => part.Part is PictureContent);
                    Write(fresh, unfinished, lines);
                    progress?.Invoke(first + count, asked.Count);
                }
            }

            Directory.Move(unfinished, folder);
        }
        catch
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            throw;
        }

        return (known.Count - pictures, pictures);
    }

    private static IEnumerable<(PartHash Key, ContentPart Part)> Draw(AskedSequences asked, long first, int count)
    {
        var drawn = new (PartHash Key, ContentPart Part)[count][];
        Parallel.For(0, count, i => drawn[i] = [.. asked.Get(first + i).Parts.Select(static p => (PartHash.Of(p.Part), p.Part))]);
        return drawn.SelectMany(static parts => parts);
    }

    private static void Write(List<(PartHash Key, ContentPart Part)> parts, string folder, Stream lines)
    {
        Parallel.ForEach(parts, part =>
        {
            if (part.Part is PictureContent { Picture: var picture })
                File.WriteAllBytes(Path.Combine(folder, PictureOf(part.Key)), ImageEncoder.EncodePng(new RgbImage(picture.Side, picture.Side, picture.Rgb.ToArray())));
        });
        foreach (var (key, part) in parts)
        {
            var line = new JsonObject { ["key"] = key.ToString() };
            if (part is TextContent { Text: var text })
                line["text"] = text;
            else
                line["picture"] = PictureOf(key);
            JsonSerializer.Serialize(lines, line, Json);
            lines.WriteByte((byte)'\n');
        }
    }

    private static string PictureOf(PartHash key) => $"{PictureFolder}/{key}.png";
}
