namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>A set that is written, and its number of pictures.</summary>
internal sealed record EvaluationSet(EvaluationEntry Entry, int Pictures);
