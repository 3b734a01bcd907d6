namespace UnifiedVlm.Client;

/// <summary>Where a document stands, from 1, by nearest part, document vector, words, pictures held and alignment; null where it is not in the list.</summary>
public sealed record HitRanks(int? Part, int? Document, int? Text, int? Picture, int? Alignment);
