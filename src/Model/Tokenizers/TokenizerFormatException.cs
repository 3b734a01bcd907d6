namespace UnifiedVlm.Model.Tokenizers;

/// <summary>A <c>tokenizer.json</c> that is malformed or asks for something that is not supported here.</summary>
/// <param name="field">The path of the field, such as <c>model.merges[17]</c>; <c>$</c> for the file itself.</param>
/// <param name="problem">What is wrong and what was expected.</param>
public sealed class TokenizerFormatException(string field, string problem, Exception? inner = null)
    : Exception($"tokenizer.json: {field}: {problem}", inner)
{
    public string Field { get; } = field;

    public string Problem { get; } = problem;
}
