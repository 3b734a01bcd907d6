namespace UnifiedVlm.Model.Decoder;

/// <summary>
/// Tokens from <paramref name="Start"/> on see nothing before <paramref name="VisibleFrom"/>: what they say must come through the states in
/// between. Tokens before <paramref name="Start"/> see all that stands before them.
/// </summary>
public readonly record struct SequenceCut(int VisibleFrom, int Start);
