namespace UnifiedVlm.Storage.Catalog;

/// <summary>One line of a listing.</summary>
/// <param name="Title">Null if it has none.</param>
public sealed record CatalogEntry(string Id, long Version, string? Title);
