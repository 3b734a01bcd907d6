using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Decoding;

/// <summary>Documents in JSON or as CloudEvents, deletes and tombstones; pictures by path for local records only, below a root.</summary>
/// <param name="options">Limits and defaults for every record.</param>
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

    private DecodedDocument Complete(InterleavedDocument document, bool isLocal)
    {
        if (isLocal && pictures is not null)
            document = pictures.Resolve(document);
        var images = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < document.Parts.Count; i++)
        {
            if (document.Parts[i] is ImagePart image)
                images.Add(Bytes(image.Source, i));
        }

        return new DecodedDocument(document, ContentHash.Compute(document, images), images);
    }

    private static ReadOnlyMemory<byte> Bytes(ImageSource source, int part) => source switch
    {
        InlineImage inline => inline.Data,
        FileImage => throw new DocumentRejectedException($"parts[{part}].path", "names a file, which only local sources may do", "Send the picture itself as base64 in 'data'."),
        _ => throw new DocumentRejectedException($"parts[{part}].url", "names an address, and fetching is off", "Send the picture itself as base64 in 'data'."),
    };
}
