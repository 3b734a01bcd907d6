using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Decoding;

/// <summary>Documents in JSON or as CloudEvents, deletes and tombstones; pictures by path for local records only, below a root.</summary>
/// <param name="options">Limits, defaults, and which pictures elsewhere may be named, for every record.</param>
/// <param name="pictures">Reads pictures that local records name by path; without it paths are refused.</param>
public sealed class RecordDecoder(DocumentReadOptions options, ImageFileResolver? pictures = null) : IRecordDecoder
{
    private readonly DocumentReadOptions remote = options with { AllowFilePaths = false };
    private readonly DocumentReadOptions local = options with { AllowFilePaths = pictures is not null };

    /// <inheritdoc />
    public DecodedRecord Decode(SourceRecord record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (record.Refusal is { } refusal)
            throw refusal;
        var rules = record.IsLocal ? local : remote;
        if (record.Collection is { } collection)
            rules = rules with { DefaultCollection = collection };
        if (record.Document is { } ready)
        {
            DocumentValidator.Validate(ready, rules);
            return Complete(ready, record.IsLocal);
        }

        return IngestMessageDecoder.Decode(record.Key, record.Value, record.Headers, rules) switch
        {
            UpsertMessage upsert => Complete(upsert.Document, record.IsLocal),
            DeleteMessage delete => new DecodedDelete(delete.Tenant, delete.Id, delete.Version),
            var other => throw new InvalidOperationException($"Unknown message {other.GetType().Name}."),
        };
    }

    private DecodedRecord Complete(InterleavedDocument document, bool isLocal)
    {
        if (isLocal && pictures is not null)
            document = pictures.Resolve(document);
        return document.Parts.Any(static part => part is ImagePart { Source: BlobImage or UrlImage })
            ? new UnresolvedDocument(document)
            : DecodedDocument.From(document);
    }
}
