namespace UnifiedVlm.Actors.Queries;

/// <param name="Index">Among the documents given, from 0.</param>
/// <param name="Score">0 to 1: the alignment kernel between query and document, per step of the alignment.</param>
public readonly record struct RankedDocument(int Index, float Score);
