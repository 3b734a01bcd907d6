using System.Text.RegularExpressions;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;

namespace UnifiedVlm.Model.Adapters;

/// <summary>The adapters of a model folder, <c>adapters/NAME/</c>, loaded beside one base. None is attached; a request chooses.</summary>
public sealed partial class AdapterLibrary : IDisposable
{
    public const string FolderName = "adapters";

    private readonly SortedDictionary<string, LoraAdapter> adapters = new(StringComparer.Ordinal);

    private AdapterLibrary()
    {
    }

    /// <summary>In order.</summary>
    public IReadOnlyList<string> Names => [.. adapters.Keys];

    /// <exception cref="ConfigException">An adapter's config can't be used, or its folder's name is no name.</exception>
    /// <exception cref="CheckpointException">An adapter's weights can't be used.</exception>
    public static AdapterLibrary Load(VisionLanguageModel model, string modelFolder)
    {
        var library = new AdapterLibrary();
        try
        {
            foreach (var name in ListNames(modelFolder))
                library.adapters.Add(name, LoraAdapter.Load(model, Path.Combine(modelFolder, FolderName, name)));
            return library;
        }
        catch
        {
            library.Dispose();
            throw;
        }
    }

    /// <summary>The adapters of a model folder, in order, without their weights.</summary>
    /// <exception cref="ConfigException">A folder's name is no name.</exception>
    public static IReadOnlyList<string> ListNames(string modelFolder)
    {
        var root = Path.Combine(modelFolder, FolderName);
        var folders = Directory.Exists(root) ? Directory.GetDirectories(root) : [];
        foreach (var folder in folders)
        {
            if (!NamePattern().IsMatch(Path.GetFileName(folder)))
                throw new ConfigException(folder, FolderName, "an adapter's name is up to 64 letters, digits, '.', '_' and '-', and begins with a letter or digit; rename the folder");
        }

        return [.. folders.Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];
    }

    /// <exception cref="UnknownAdapterException">There is none of this name.</exception>
    public LoraAdapter Find(string name) => adapters.TryGetValue(name, out var adapter) ? adapter : throw new UnknownAdapterException(name, Names);

    public void Dispose()
    {
        foreach (var adapter in adapters.Values)
            adapter.Dispose();
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z")]
    private static partial Regex NamePattern();
}
