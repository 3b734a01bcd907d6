namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>Cuts at the matches of an expression; <paramref name="invert"/> swaps matches and gaps.</summary>
internal sealed class SplitPreTokenizer(CodePointRegex pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> output)
    {
        var stretches = new List<Stretch>();
        var end = piece.Start;
        foreach (var (start, length) in pattern.Matches(piece))
        {
            if (start > end)
                stretches.Add(new Stretch(end, start, invert));
            if (length > 0)
                stretches.Add(new Stretch(start, start + length, !invert));
            end = start + length;
        }

        if (end < piece.Start + piece.Length)
            stretches.Add(new Stretch(end, piece.Start + piece.Length, invert));
        Join(piece, stretches, output);
    }

    private void Join(Piece piece, List<Stretch> stretches, List<Piece> output)
    {
        for (var i = 0; i < stretches.Count; i++)
        {
            var (start, end, isMatch) = stretches[i];
            switch (behavior)
            {
                case SplitBehavior.Removed when isMatch:
                    continue;
                case SplitBehavior.MergedWithPrevious when !isMatch && i + 1 < stretches.Count && stretches[i + 1].IsMatch:
                    end = stretches[++i].End;
                    break;
                case SplitBehavior.MergedWithNext when isMatch && i + 1 < stretches.Count && !stretches[i + 1].IsMatch:
                    end = stretches[++i].End;
                    break;
                case SplitBehavior.Contiguous:
                    while (i + 1 < stretches.Count && stretches[i + 1].IsMatch == isMatch)
                        end = stretches[++i].End;
                    break;
                default:
                    break;
            }

            output.Add(piece.Slice(start, end - start));
        }
    }

    private readonly record struct Stretch(int Start, int End, bool IsMatch);
}
