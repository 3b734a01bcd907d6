namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>A stretch of text that merges never leave.</summary>
/// <param name="Leading">It stands at the very start of the text that is encoded.</param>
internal readonly record struct Piece(string Text, int Start, int Length, bool Leading)
{
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    public Piece Slice(int start, int length) => new(Text, start, length, Leading && start == Start);
}
