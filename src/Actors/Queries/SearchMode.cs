namespace UnifiedVlm.Actors.Queries;

/// <summary>What a search looks for.</summary>
public enum SearchMode
{
    /// <summary>Documents.</summary>
    Documents,

    /// <summary>Parts of documents: the spans of text and the pictures that a question is about.</summary>
    Parts,

    /// <summary>The part that a sequence lacks, one of each document at most.</summary>
    Missing,

    /// <summary>Documents like one that is stored.</summary>
    Like,
}
