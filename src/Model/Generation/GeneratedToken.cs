namespace UnifiedVlm.Model.Generation;

/// <summary>One step's outcome.</summary>
/// <param name="Id">The token chosen.</param>
/// <param name="Text">The text that became complete with it; empty while a multi-byte character is still open.</param>
/// <param name="LogProbability">Natural logarithm of the token's probability under the unmodified distribution.</param>
public readonly record struct GeneratedToken(int Id, string Text, float LogProbability);
