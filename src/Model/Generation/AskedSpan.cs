namespace UnifiedVlm.Model.Generation;

/// <summary>Where a question of text stands in its prompt, separators included.</summary>
/// <param name="Start">Its first token; something always stands before it.</param>
public readonly record struct AskedSpan(int Start, int Length)
{
    /// <summary>The longest that is judged: every token of it takes a row as long as the vocabulary.</summary>
    public const int MaxLength = 128;

    /// <summary>Whether a prompt of so many tokens can have it.</summary>
    public bool FitsInto(int tokens) => Start > 0 && Length is > 0 and <= MaxLength && Start < tokens - Length;
}
