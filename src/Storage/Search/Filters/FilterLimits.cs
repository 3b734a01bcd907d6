namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>What a filter may cost, whoever wrote it.</summary>
public static class FilterLimits
{
    /// <summary>UTF-16 code units of the text form.</summary>
    public const int MaxTextLength = 16_384;

    /// <summary>Conditions within conditions.</summary>
    public const int MaxDepth = 16;

    /// <summary>Comparisons, each value of <c>in</c> counting as one.</summary>
    public const int MaxComparisons = 256;

    /// <summary>Names from the metadata to a value.</summary>
    public const int MaxNames = 8;

    /// <summary>UTF-16 code units of a name.</summary>
    public const int MaxNameLength = 256;

    /// <summary>UTF-16 code units of a value.</summary>
    public const int MaxValueLength = 1024;
}
