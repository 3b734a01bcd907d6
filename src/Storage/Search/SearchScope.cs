using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Storage.Search;

/// <summary>Whose vectors are looked at, and which of them count.</summary>
internal sealed record SearchScope(string Tenant)
{
    /// <summary>Null: all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>A document that is not found.</summary>
    public string? Excluded { get; init; }

    public CompiledFilter? Filter { get; init; }

    /// <summary>Every document that passes the filter, where those are few; null where they are many, or there is no filter.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>The filter is tried on each vector on the way through an index; otherwise on each document, before its vectors are looked at.</summary>
    public bool OnTheWay { get; init; }
}
