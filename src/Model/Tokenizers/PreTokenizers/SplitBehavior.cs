namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>What becomes of a match, by the names in the format.</summary>
internal enum SplitBehavior
{
    /// <summary>Dropped.</summary>
    Removed,

    /// <summary>A piece of its own.</summary>
    Isolated,

    /// <summary>Joined to what stands before it.</summary>
    MergedWithPrevious,

    /// <summary>Joined to what stands after it.</summary>
    MergedWithNext,

    /// <summary>Joined to the matches beside it.</summary>
    Contiguous,
}
