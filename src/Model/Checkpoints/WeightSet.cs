namespace UnifiedVlm.Model.Checkpoints;

/// <summary>The opened files of a folder's weights, one or several, as one set of tensors.</summary>
internal sealed class WeightSet : IDisposable
{
    private readonly Dictionary<string, SafetensorsFile> fileOf = new(StringComparer.Ordinal);
    private readonly List<SafetensorsFile> files = [];

    private WeightSet()
    {
    }

    public IReadOnlyCollection<string> Names => fileOf.Keys;

    /// <exception cref="CheckpointException">There are no weights, a file is damaged, or index and shards contradict each other.</exception>
    public static WeightSet Open(string folder)
    {
        var names = WeightFiles.List(folder);
        var set = new WeightSet();
        try
        {
            // Without any it is the single file that is missing.
            if (names is [] or [WeightFiles.SingleName])
                set.Add(SafetensorsFile.Open(Path.Combine(folder, WeightFiles.SingleName)));
            else
                set.Add(ShardIndex.Read(folder), folder);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    public bool Contains(string tensor) => fileOf.ContainsKey(tensor);

    /// <summary>The file that has a tensor; where none has it, one that will say so.</summary>
    public SafetensorsFile FileOf(string tensor) => fileOf.GetValueOrDefault(tensor, files[0]);

    public void Dispose()
    {
        foreach (var file in files)
            file.Dispose();
    }

    private void Add(SafetensorsFile file)
    {
        files.Add(file);
        foreach (var name in file.Entries.Keys)
            fileOf.Add(name, file);
    }

    private void Add(ShardIndex index, string folder)
    {
        foreach (var shard in index.Shards)
        {
            var file = SafetensorsFile.Open(Path.Combine(folder, shard));
            files.Add(file);
            foreach (var name in file.Entries.Keys)
            {
                // A shard may hold more than the index says, as Hugging Face's libraries read them, but nothing twice.
                if ((index.FileOf.TryGetValue(name, out var where) && where != shard) || !fileOf.TryAdd(name, file))
                    throw new CheckpointException(file.Path, name, $"is in '{where ?? Path.GetFileName(fileOf[name].Path)}' too, or should be; one of the files is of another checkpoint");
            }
        }

        if (index.FileOf.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name => !fileOf.ContainsKey(name)) is { } lost)
            throw new CheckpointException(index.FilePath, lost, $"is to be in '{index.FileOf[lost]}', which does not hold it");
    }
}
