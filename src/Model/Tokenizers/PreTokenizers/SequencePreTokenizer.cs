namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> output)
    {
        List<Piece> current = [piece];
        foreach (var step in steps)
        {
            var next = new List<Piece>(current.Count * 2);
            foreach (var part in current)
                step.Split(part, next);
            current = next;
        }

        output.AddRange(current);
    }
}
