using System.Text;
using System.Text.Unicode;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>
/// Turns a record of a source into what it asks for: a plain JSON document, a CloudEvent in binary or structured mode, or a tombstone
/// (a key without a value). docs/documents.md describes them.
/// </summary>
public static class IngestMessageDecoder
{
    /// <summary>The tenant of a tombstone, as <c>ce_tenant</c> or <c>tenant</c>.</summary>
    private static readonly string[] TenantHeaders = ["ce_tenant", "tenant"];

    /// <summary>The version of a tombstone, as <c>ce_version</c> or <c>version</c>.</summary>
    private static readonly string[] VersionHeaders = ["ce_version", "version"];

    /// <summary>
    /// As the other overload, for records as Kafka clients give them. Without it a null array would silently become an empty value:
    /// null converts to an empty <see cref="ReadOnlyMemory{T}"/>.
    /// </summary>
    /// <exception cref="DocumentRejectedException">Names the field, header or key that is wrong.</exception>
    public static IngestMessage Decode(byte[]? key, byte[]? value, IReadOnlyList<KeyValuePair<string, byte[]>> headers, DocumentReadOptions? options = null) =>
        Decode((ReadOnlyMemory<byte>)key, value is null ? default(ReadOnlyMemory<byte>?) : new ReadOnlyMemory<byte>(value), headers, options);

    /// <param name="key">The record's key; read for tombstones, and for delete events without a subject.</param>
    /// <param name="value">The record's value; null for a tombstone, which is not the same as an empty one.</param>
    /// <param name="headers">The record's headers; names are compared without regard to case.</param>
    /// <exception cref="DocumentRejectedException">Names the field, header or key that is wrong.</exception>
    public static IngestMessage Decode(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value, IReadOnlyList<KeyValuePair<string, byte[]>> headers, DocumentReadOptions? options = null)
    {
        options ??= DocumentReadOptions.Default;
        var all = new RecordHeaders(headers);
        // The content type comes first: a structured event may repeat its attributes as headers.
        var isEvent = value is not null && all.Get("content-type") is { } type && MediaTypes.IsCloudEvent(type);
        if (!isEvent && CloudEventDecoder.IsBinary(all))
            return CloudEventDecoder.DecodeBinary(KeyText(key), value.GetValueOrDefault().Span, all, options);
        if (value is not { } bytes)
            return Tombstone(key, all, options);
        if (all.Get("content-type") is { } contentType)
        {
            if (MediaTypes.IsJsonCloudEvent(contentType))
                return CloudEventDecoder.DecodeStructured(KeyText(key), bytes.Span, options);
            if (isEvent)
            {
                throw new DocumentRejectedException(
                    RecordHeaders.Field("content-type"), $"'{FieldRules.Shown(contentType)}' is not supported", "Send one event a record, as application/cloudevents+json.");
            }

            if (!MediaTypes.IsJson(contentType))
            {
                throw new DocumentRejectedException(
                    RecordHeaders.Field("content-type"), $"'{FieldRules.Shown(contentType)}' is not JSON", "Send documents as application/json.");
            }
        }

        return Plain(bytes, options);
    }

    /// <summary>Which document a refused record seems to be about. Reads what can be read and never throws.</summary>
    public static RecordIdentity Identify(byte[]? key, byte[]? value, IReadOnlyList<KeyValuePair<string, byte[]>> headers) =>
        IdentityScanner.Scan(key, value, headers);

    private static UpsertMessage Plain(ReadOnlyMemory<byte> value, DocumentReadOptions options)
    {
        if (value.IsEmpty)
        {
            throw new DocumentRejectedException(
                "$", "is empty", "Send a document, or no value at all (null) to delete the one that the key names.");
        }

        return new UpsertMessage(DocumentJson.Parse(value, options));
    }

    private static DeleteMessage Tombstone(ReadOnlyMemory<byte> key, RecordHeaders headers, DocumentReadOptions options)
    {
        if (key.IsEmpty)
            throw new DocumentRejectedException("key", "is missing", "A record without a value deletes the document that its key names.");
        var id = KeyText(key) ?? throw new DocumentRejectedException("key", "is not valid UTF-8", "Use the document's id as the key.");
        FieldRules.Id("key", id, options.Limits);
        var tenant = options.DefaultTenant;
        if (OneOf(headers, TenantHeaders) is { } named)
            FieldRules.Name(named.Field, tenant = named.Value);
        var version = OneOf(headers, VersionHeaders);
        return new DeleteMessage(tenant, id, CloudEvent.ParseVersion(version?.Field ?? "", version?.Value));
    }

    private static (string Field, string Value)? OneOf(RecordHeaders headers, string[] names)
    {
        (string Field, string Value)? found = null;
        foreach (var name in names)
        {
            if (headers.Get(name) is not { } value)
                continue;
            if (found is { } earlier && earlier.Value != value)
                throw new DocumentRejectedException(RecordHeaders.Field(name), $"contradicts {earlier.Field}", "Send one of the two.");
            found ??= (RecordHeaders.Field(name), value);
        }

        return found;
    }

    private static string? KeyText(ReadOnlyMemory<byte> key) => key.IsEmpty || !Utf8.IsValid(key.Span) ? null : Encoding.UTF8.GetString(key.Span);
}
