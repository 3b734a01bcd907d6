namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>Where <see cref="MetaspacePreTokenizer"/> puts its mark before a piece.</summary>
internal enum PrependScheme
{
    Never,

    /// <summary>Only at the start of the whole text.</summary>
    First,
    Always,
}
