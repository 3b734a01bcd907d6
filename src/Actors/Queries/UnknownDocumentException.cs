namespace UnifiedVlm.Actors.Queries;

/// <summary>The tenant has no such document, or none that is indexed.</summary>
public sealed class UnknownDocumentException(string id) : Exception($"like: there is no document '{id}' in the index. Give the id of one that is stored.");
