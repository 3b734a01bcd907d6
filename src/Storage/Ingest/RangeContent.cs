using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>The keys of a range's records, each once and in lock order, and its pictures by their hash. Made once, however often the write is tried.</summary>
internal sealed class RangeContent
{
    private readonly Dictionary<long, StoredPicture[]> _pictures = [];

    /// <exception cref="IndexMismatchException">A document was encoded by another model than the index's.</exception>
    /// <exception cref="ArgumentException">Offsets, vectors or pictures don't fit together: a mistake of the caller.</exception>
    public RangeContent(IReadOnlyList<RecordOutcome> outcomes, IndexGeneration generation, long firstOffset, long nextOffset)
    {
        Outcomes = outcomes;
        var keys = new HashSet<DocumentKey>();
        var collections = new HashSet<CollectionKey>();
        var rules = new HashSet<string>();
        var pictures = new Dictionary<(string, string), (string, StoredPicture)>();
        var previous = firstOffset - 1;
        foreach (var outcome in outcomes)
        {
            if (outcome.Offset <= previous || outcome.Offset >= nextOffset)
                throw new ArgumentException($"Offset {outcome.Offset} is out of order or outside of [{firstOffset}, {nextOffset}).", nameof(outcomes));
            previous = outcome.Offset;
            if (outcome is DocumentDelete delete)
            {
                keys.Add(new DocumentKey(delete.Tenant, delete.Id));
                rules.Add(delete.Version.Rule);
            }
            if (outcome is not DocumentUpsert upsert)
                continue;
            rules.Add(upsert.Version.Rule);
            keys.Add(new DocumentKey(upsert.Document.Tenant, upsert.Document.Id));
            collections.Add(new CollectionKey(upsert.Document.Tenant, upsert.Document.Collection));
            Check(upsert.Embedding, generation, upsert.Offset);
            if (upsert.Embedding is null)
                continue;
            var own = DocumentBody.Pictures(upsert.Document, upsert.Images);
            _pictures[upsert.Offset] = own;
            foreach (var picture in own)
                pictures.TryAdd((upsert.Document.Tenant, Convert.ToHexStringLower(picture.Sha256)), (upsert.Document.Tenant, picture));
        }
        Keys = [.. keys.Order()];
        Collections = [.. collections];
        Rules = [.. rules];
        // Hexadecimal digits sort like the bytes they stand for.
        Pictures = [.. pictures.OrderBy(p => new DocumentKey(p.Key.Item1, p.Key.Item2)).Select(p => p.Value)];
    }

    public IReadOnlyList<RecordOutcome> Outcomes { get; }

    public DocumentKey[] Keys { get; }

    public CollectionKey[] Collections { get; }

    /// <summary>That the records have their versions by.</summary>
    public string[] Rules { get; }

    public (string Tenant, StoredPicture Picture)[] Pictures { get; }

    /// <summary>The pictures of the document at this offset, in the order of its image parts.</summary>
    public StoredPicture[] PicturesOf(DocumentUpsert upsert) => _pictures[upsert.Offset];

    private static void Check(SequenceEmbedding? embedding, IndexGeneration generation, long offset)
    {
        if (embedding is null)
            return;
        if (embedding.Dimension != generation.Dimension)
            throw new IndexMismatchException(generation, "unknown", embedding.Dimension);
        if (embedding.PartVectors.Length != embedding.Parts.Count * embedding.Dimension || embedding.DocumentVector.Length != embedding.Dimension)
            throw new ArgumentException($"The vectors of the document at offset {offset} don't have {embedding.Parts.Count} + 1 rows of {embedding.Dimension}.");
    }
}
