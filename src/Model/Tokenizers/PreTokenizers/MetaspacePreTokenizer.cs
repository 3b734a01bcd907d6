namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>SentencePiece's white space: a space becomes a visible mark, and pieces begin at marks.</summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme scheme, bool split) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> output)
    {
        if (piece.Length == 0)
            return;
        var text = piece.Span.ToString().Replace(' ', mark);
        var prepend = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.Leading);
        if (prepend && text[0] != mark)
            text = mark + text;
        var whole = new Piece(text, 0, text.Length, piece.Leading);
        if (!split)
        {
            output.Add(whole);
            return;
        }

        var start = 0;
        for (var i = 1; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != mark)
                continue;
            output.Add(whole.Slice(start, i - start));
            start = i;
        }
    }
}
