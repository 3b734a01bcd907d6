namespace UnifiedVlm.Model.Generation;

/// <summary>A finished continuation.</summary>
/// <param name="Text">Without the token that ended it.</param>
/// <param name="Tokens">Tokens of <paramref name="Text"/>.</param>
/// <param name="IsComplete">The model ended it; false when the limit did.</param>
public readonly record struct GeneratedText(string Text, int Tokens, bool IsComplete);
