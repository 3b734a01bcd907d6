namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>What is compared: a value in the metadata, found by the names that lead to it, or a field of the document itself.</summary>
public sealed record FilterField
{
    private const char Mark = '$';

    /// <summary>Fields of the document itself, written with a dollar sign. Times are that of the document and that of its last storing.</summary>
    private static readonly string[] Attributes = ["id", "collection", "title", "language", "time", "stored"];

    private FilterField(string? attribute, IReadOnlyList<string> path)
    {
        Attribute = attribute;
        Path = path;
    }

    /// <summary>The document's own time.</summary>
    public static FilterField Time { get; } = new("time", []);

    /// <summary>A field of the document; null: of its metadata.</summary>
    public string? Attribute { get; }

    /// <summary>Names from the outermost object inwards; empty for an attribute.</summary>
    public IReadOnlyList<string> Path { get; }

    internal static string KnownAttributes => string.Join(", ", Attributes.Select(static a => Mark + a));

    internal bool IsTime => Attribute is "time" or "stored";

    /// <exception cref="FilterException">There are no names, too many or too long ones, or one can't be stored.</exception>
    internal static FilterField Metadata(IReadOnlyList<string> path)
    {
        if (path.Count is 0 or > FilterLimits.MaxNames)
            throw new FilterException($"a field has 1 to {FilterLimits.MaxNames} names", "Name it as in metadata: lang, or site.north.");
        foreach (var name in path)
        {
            if (name.Length is 0 or > FilterLimits.MaxNameLength)
                throw new FilterException($"a name of a field has 1 to {FilterLimits.MaxNameLength} characters", "Name it as it stands in the metadata.");
            FilterValue.CheckText(name);
        }
        return new FilterField(null, path);
    }

    /// <param name="name">Without the dollar sign.</param>
    /// <exception cref="FilterException">A document has no such field.</exception>
    internal static FilterField OfDocument(string name) => Attributes.Contains(name)
        ? new FilterField(name, [])
        : throw new FilterException($"{Mark}{name} is no field of a document", $"Those are {KnownAttributes}; what stands in the metadata is named without the dollar sign.");

    public bool Equals(FilterField? other) => other is not null && Attribute == other.Attribute && Path.SequenceEqual(other.Path);

    public override int GetHashCode() => HashCode.Combine(Attribute, Path.Count, Path.Count > 0 ? Path[^1] : null);

    public override string ToString() => Attribute is null ? string.Join('.', Path.Select(Written)) : Mark + Attribute;

    private static string Written(string name)
        => FilterText.IsPlainName(name) ? name : $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
