namespace UnifiedVlm.Actors.Queries;

/// <param name="Index">Among the documents given, from 0.</param>
/// <param name="Score">0 to 1: the normalised alignment kernel between query and document, per step of the alignment; 1 for a document that is the query.</param>
public readonly record struct RankedDocument(int Index, float Score);
