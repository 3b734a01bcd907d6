namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>What an evaluation found.</summary>
/// <param name="Model">The checkpoint's folder name.</param>
/// <param name="Fingerprint">Of the checkpoint.</param>
/// <param name="IsTrained">False when the weights came from a seed.</param>
public sealed record EvaluationResult(string Model, string Fingerprint, bool IsTrained, IReadOnlyList<SetResult> Sets);
