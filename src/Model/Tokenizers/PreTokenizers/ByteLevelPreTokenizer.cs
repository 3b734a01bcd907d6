namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>
/// GPT-2's cutting. Its byte alphabet is not applied here: the model works on the UTF-8 bytes themselves.
/// </summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, SplitPreTokenizer? split) : IPreTokenizer
{
    /// <summary>GPT-2's expression for words, numbers, punctuation and white space.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public void Split(Piece piece, List<Piece> output)
    {
        if (addPrefixSpace && piece.Length > 0 && piece.Span[0] != ' ')
            piece = new Piece(string.Concat(" ", piece.Span), 0, piece.Length + 1, piece.Leading);
        if (split is null)
            output.Add(piece);
        else
            split.Split(piece, output);
    }
}
