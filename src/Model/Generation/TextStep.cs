namespace UnifiedVlm.Model.Generation;

/// <summary>What a pass did for one text.</summary>
/// <param name="Token">Null when its prompt is not read to the end, when the model has ended the text with no character left open, or when it failed.</param>
/// <param name="Failure">The text can't go on.</param>
public readonly record struct TextStep(GeneratedToken? Token, Exception? Failure = null);
