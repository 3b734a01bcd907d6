using System.Text.Json;

namespace UnifiedVlm.Model.Checkpoints;

/// <summary>Hugging Face's <c>model.safetensors.index.json</c>: which file of the folder each tensor is in.</summary>
internal sealed class ShardIndex
{
    private const string MapName = "weight_map";

    private ShardIndex(string path, Dictionary<string, string> fileOf)
    {
        FilePath = path;
        FileOf = fileOf;
        Shards = [.. fileOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public string FilePath { get; }

    /// <summary>The file's name by the tensor's.</summary>
    public IReadOnlyDictionary<string, string> FileOf { get; }

    /// <summary>The files' names, each once, in order.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <exception cref="CheckpointException">The index is damaged, names a file outside the folder, or one that is not there.</exception>
    public static ShardIndex Read(string folder)
    {
        var path = Path.Combine(folder, WeightFiles.IndexName);
        try
        {
            using var stream = File.OpenRead(path);
            using var json = JsonDocument.Parse(stream, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var index = new ShardIndex(path, ReadMap(path, json.RootElement));
            foreach (var shard in index.Shards)
            {
                if (!File.Exists(Path.Combine(folder, shard)))
                    throw new CheckpointException(path, null, $"{MapName} names the file '{shard}', which the folder does not have");
            }

            return index;
        }
        catch (JsonException e)
        {
            throw new CheckpointException(path, null, $"is not valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, $"can't be read: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> ReadMap(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(MapName, out var map) || map.ValueKind != JsonValueKind.Object)
            throw new CheckpointException(path, null, $"must be an object with {MapName}, an object of tensors' and files' names");
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            var file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : throw new CheckpointException(path, entry.Name, $"{MapName} must give a file's name for it");
            files.Add(entry.Name, IsPlainName(file) ? file : throw new CheckpointException(path, entry.Name, $"{MapName} puts it into '{file}'; it must be a file in the folder itself"));
        }

        return files.Count > 0 ? files : throw new CheckpointException(path, null, $"{MapName} names no tensor");
    }

    private static bool IsPlainName(string name) => name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', '\0']) < 0;
}
