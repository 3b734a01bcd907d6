namespace UnifiedVlm.Client;

/// <summary>Milliseconds of a search's steps, and what was looked at in them.</summary>
/// <param name="Prepare">Pictures decoded, text tokenised.</param>
/// <param name="Encode">Waiting for the device and encoding; where a stored document is the question, reading its vectors.</param>
/// <param name="Candidates">Finding them.</param>
/// <param name="Rerank">Alignment.</param>
/// <param name="Load">Documents loaded for the words of their parts.</param>
/// <param name="AskedCandidates">Documents that were to be aligned at most.</param>
/// <param name="Budget">What the two numbers were chosen for, in milliseconds; null where they were not.</param>
public sealed record SearchTimings(double Prepare, double Encode, double Candidates, double Rerank, double Load, int? AskedCandidates, int? EfSearch, double? Budget);
