namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>An entry of the evaluation manifest.</summary>
/// <param name="Path">Relative to the evaluation folder.</param>
internal sealed record ManualEvaluationEntry(string Name, string Format, string Path);
