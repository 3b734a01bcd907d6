namespace UnifiedVlm.Model.Checkpoints;

/// <summary>Which files of a model folder hold its weights: <c>model.safetensors</c>, or the shards that Hugging Face's index names.</summary>
internal static class WeightFiles
{
    public const string SingleName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    /// <summary>What a folder whose weights nothing here reads may have in their place.</summary>
    private static readonly string[] OtherFormats = ["*.bin", "*.pt", "*.pth", "*.ckpt", "*.gguf", "pytorch_model*", "model*.safetensors", IndexName];

    /// <returns>Names, in order; none for a folder without weights.</returns>
    /// <exception cref="CheckpointException">The index is damaged or a shard is missing, or the weights are there in a way that is not read.</exception>
    public static IReadOnlyList<string> List(string folder)
    {
        // As in Hugging Face's libraries the single file goes before an index.
        if (File.Exists(Path.Combine(folder, SingleName)))
            return [SingleName];
        if (File.Exists(Path.Combine(folder, IndexName)))
            return ShardIndex.Read(folder).Shards;
        RefuseOthers(folder);
        return [];
    }

    /// <summary>Weights from a seed in place of those that somebody has put there would be found out by the answers alone.</summary>
    private static void RefuseOthers(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        var options = new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive, AttributesToSkip = 0 };
        foreach (var pattern in OtherFormats.Prepend(SingleName))
        {
            if (Directory.EnumerateFileSystemEntries(folder, pattern, options).Order(StringComparer.Ordinal).FirstOrDefault() is not { } found)
                continue;
            var name = Path.GetFileName(found);
            throw new CheckpointException(found, null, name is SingleName or IndexName
                ? "is no file that can be read; it must be one, or a link to one"
                : $"is not how weights are read here; save them as {SingleName}, or in shards with {IndexName}, or take the file away for weights from a seed");
        }
    }
}
