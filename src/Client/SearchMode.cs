namespace UnifiedVlm.Client;

/// <summary>What a search looks for; docs/retrieval.md has the modes.</summary>
public enum SearchMode
{
    /// <summary>Documents.</summary>
    Documents,

    /// <summary>Parts of documents: the spans of text and the pictures that the question is about.</summary>
    Parts,

    /// <summary>The part that a sequence lacks (<see cref="SearchQuery.Gap"/>), one of each document at most.</summary>
    Missing,

    /// <summary>Documents like a stored one (<see cref="SearchQuery.Like"/>).</summary>
    Like,
}
