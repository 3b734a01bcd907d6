namespace UnifiedVlm.Model;

/// <summary>What the model has computed for one document or text is no number: its weights, or what was fed to them, are beyond the range of its type.</summary>
/// <param name="field">What it was computed for, such as <c>parts[2]</c>.</param>
/// <param name="problem">What is wrong.</param>
public sealed class ModelOutputException(string field, string problem) : Exception($"{field}: {problem}")
{
    public string Field { get; } = field;

    public string Problem { get; } = problem;
}
