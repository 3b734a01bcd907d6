namespace UnifiedVlm.Storage.Ingest;

/// <summary>
/// A document came without vectors because it was stored with the same content when <see cref="IIngestStore.AreUnchangedAsync"/> was asked, and
/// has changed since. Nothing was written: encode the documents at these offsets and write the range again.
/// </summary>
public sealed class EmbeddingMissingException(IReadOnlyList<long> offsets)
    : Exception($"{offsets.Count} documents of the range came without vectors but are no longer stored with that content (first at offset {offsets[0]}). Encode them and write again.")
{
    public IReadOnlyList<long> Offsets { get; } = offsets;
}
