using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Decoding;

/// <summary>What a record asks for.</summary>
/// <param name="Version">Null: the record's source says which version it is.</param>
public abstract record DecodedRecord(string Tenant, string Id, long? Version);

/// <summary>A document to be stored.</summary>
/// <param name="ContentHash">SHA-256 over everything that is stored, pictures included, version excluded.</param>
/// <param name="Images">The encoded bytes of its pictures, in the order of its image parts.</param>
public sealed record DecodedDocument(InterleavedDocument Document, ReadOnlyMemory<byte> ContentHash, IReadOnlyList<ReadOnlyMemory<byte>> Images)
    : DecodedRecord(Document.Tenant, Document.Id, Document.Version)
{
    /// <summary>Of a document whose pictures are all at hand.</summary>
    /// <exception cref="DocumentRejectedException">One is not; names its field.</exception>
    public static DecodedDocument From(InterleavedDocument document)
    {
        var images = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < document.Parts.Count; i++)
        {
            if (document.Parts[i] is not ImagePart { Source: var source })
                continue;
            images.Add(source is InlineImage image ? image.Data : throw new DocumentRejectedException(
                $"parts[{i}].path", "names a file, which only local sources may do", "Send the picture itself as base64 in 'data'."));
        }

        return new DecodedDocument(document, Documents.ContentHash.Compute(document, images), images);
    }
}

/// <summary>A delete request or a tombstone.</summary>
public sealed record DecodedDelete(string Tenant, string Id, long? Version) : DecodedRecord(Tenant, Id, Version);
