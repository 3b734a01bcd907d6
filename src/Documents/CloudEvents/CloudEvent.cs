using System.Globalization;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>The attributes of a CloudEvent that matter here, from either mode, and what they ask for.</summary>
internal sealed class CloudEvent
{
    public const string SpecVersion = "1.0";

    /// <summary>How an attribute is called where it came from: <c>headers.ce_type</c> or <c>type</c>.</summary>
    public required Func<string, string> Field { get; init; }

    public string? SpecVersionValue { get; init; }

    public string? Id { get; init; }

    public string? Source { get; init; }

    public string? Type { get; init; }

    public string? Subject { get; init; }

    public string? DataContentType { get; init; }

    /// <summary>When it happened; nothing is made of it.</summary>
    public string? Time { get; init; }

    /// <summary>Extension attribute.</summary>
    public string? Tenant { get; init; }

    /// <summary>Extension attribute, a whole number.</summary>
    public string? Version { get; init; }

    /// <summary>The field that the data came from; errors in the document start with it when it is not the whole record.</summary>
    public required string DataField { get; init; }

    /// <summary>Null where the document is the whole record.</summary>
    public string? DocumentRoot { get; init; }

    /// <exception cref="DocumentRejectedException">The event is malformed, of an unknown type, or at odds with its document.</exception>
    public IngestMessage Interpret(ReadOnlySpan<byte> data, string? key, DocumentReadOptions options)
    {
        Require("specversion", SpecVersionValue);
        if (SpecVersionValue != SpecVersion)
        {
            throw new DocumentRejectedException(
                Field("specversion"), $"'{FieldRules.Shown(SpecVersionValue)}' is not supported", $"Send CloudEvents {SpecVersion}.");
        }

        Require("id", Id);
        Require("source", Source);
        Require("type", Type);
        if (Time is not null && !Rfc3339.TryParse(Time, out _))
            throw new DocumentRejectedException(Field("time"), $"'{FieldRules.Shown(Time)}' is not a time as RFC 3339 writes it", "Write it as 2026-01-31T12:00:00Z, or leave it out.");
        return Type switch
        {
            EventTypes.Upsert => Upsert(data, options),
            EventTypes.Delete => Delete(data, key, options),
            _ => throw new DocumentRejectedException(
                Field("type"), $"'{FieldRules.Shown(Type)}' is not an event that is ingested", $"Send {EventTypes.Upsert} or {EventTypes.Delete}."),
        };
    }

    private UpsertMessage Upsert(ReadOnlySpan<byte> data, DocumentReadOptions options)
    {
        if (DataContentType is not null && !MediaTypes.IsJson(DataContentType))
        {
            throw new DocumentRejectedException(
                Field("datacontenttype"), $"'{FieldRules.Shown(DataContentType)}' is not JSON", "Send the document as application/json.");
        }

        if (data.IsEmpty)
        {
            throw new DocumentRejectedException(
                DataField, "is missing", $"An event of type {EventTypes.Upsert} carries the document as its data.");
        }

        if (Tenant is not null)
            FieldRules.Name(Field("tenant"), Tenant);
        var document = DocumentJson.Parse(data, options with { DefaultTenant = Tenant ?? options.DefaultTenant }, DocumentRoot);
        if (Tenant is not null && Tenant != document.Tenant)
            throw Contradiction("tenant");
        if (Subject is not null && Subject != document.Id)
            throw Contradiction("subject");
        var version = ParseVersion(Field("version"), Version);
        if (version is not null && document.Version is not null && version != document.Version)
            throw Contradiction("version");
        return new UpsertMessage(document with { Version = document.Version ?? version });
    }

    private DeleteMessage Delete(ReadOnlySpan<byte> data, string? key, DocumentReadOptions options)
    {
        if (data.Trim(" \t\r\n"u8) is not ([] or [(byte)'{', (byte)'}'] or [(byte)'n', (byte)'u', (byte)'l', (byte)'l']))
        {
            throw new DocumentRejectedException(
                DataField, "is not empty", $"An event of type {EventTypes.Delete} names the document in its subject and has no data.");
        }

        var (field, id) = Subject is null && key is not null ? ("key", key) : (Field("subject"), Subject);
        if (id is null)
            throw new DocumentRejectedException(field, "is missing", "Name the document that is to be deleted.");
        FieldRules.Id(field, id, options.Limits);
        if (Tenant is not null)
            FieldRules.Name(Field("tenant"), Tenant);
        return new DeleteMessage(Tenant ?? options.DefaultTenant, id, ParseVersion(Field("version"), Version));
    }

    /// <summary>Reads a version that came as text.</summary>
    public static long? ParseVersion(string field, string? text)
    {
        if (text is null)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new DocumentRejectedException(
                field, $"'{FieldRules.Shown(text)}' is not a whole number from 0 to 9223372036854775807", "Write the version in decimal digits, or leave it out.");
    }

    private void Require(string attribute, string? value)
    {
        if (string.IsNullOrEmpty(value))
            throw new DocumentRejectedException(Field(attribute), "is missing", "CloudEvents need specversion, id, source and type.");
    }

    private DocumentRejectedException Contradiction(string attribute) =>
        new(Field(attribute), "contradicts the document", "Leave it out of the event, or say the same in both.");
}
