using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>Which file holds which documents, so that what a file no longer holds can be deleted, unless another one holds it.</summary>
internal sealed class HeldDocuments
{
    private readonly Dictionary<string, Dictionary<Name, long?>> byFile = new(StringComparer.Ordinal);
    private readonly Dictionary<Name, int> holders = [];

    public bool Holds(string tenant, string id) => holders.ContainsKey(new Name(tenant, id));

    /// <summary>The file holds this document, beside those it held.</summary>
    public void Add(string file, InterleavedDocument document)
    {
        if (!byFile.TryGetValue(file, out var held))
            byFile[file] = held = [];
        var name = new Name(document.Tenant, document.Id);
        if (held.TryAdd(name, document.Version))
            holders[name] = holders.GetValueOrDefault(name) + 1;
        else
            held[name] = document.Version;
    }

    /// <summary>The file holds exactly these.</summary>
    /// <returns>What it held before and nobody does now.</returns>
    public IReadOnlyList<LocalDeletion> Keep(string file, IReadOnlySet<Name> documents)
    {
        var gone = new List<LocalDeletion>();
        if (!byFile.TryGetValue(file, out var held))
            return gone;
        foreach (var (name, version) in held.Where(h => !documents.Contains(h.Key)).ToList())
        {
            held.Remove(name);
            if (--holders[name] > 0)
                continue;
            holders.Remove(name);
            gone.Add(Deletion(name.Tenant, name.Id, version));
        }

        if (held.Count == 0)
            byFile.Remove(file);
        return gone;
    }

    /// <summary>A delete has to be newer than what it deletes.</summary>
    /// <param name="version">The document's own; null where it has none.</param>
    public static LocalDeletion Deletion(string tenant, string id, long? version) => new(tenant, id, version is < long.MaxValue ? version + 1 : version);

    internal readonly record struct Name(string Tenant, string Id);
}
