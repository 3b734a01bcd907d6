using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>CloudEvents 1.0 in the binary mode of the Kafka binding (attributes as <c>ce_</c> headers) and in the structured JSON mode.</summary>
internal static class CloudEventDecoder
{
    private const string Prefix = "ce_";
    private const int MaxAttributeLength = 4096;

    /// <summary>Whether the headers are those of an event in binary mode. An incomplete set is one too, so that its error is told.</summary>
    public static bool IsBinary(RecordHeaders headers) =>
        headers.Contains(Prefix + "specversion") || headers.Contains(Prefix + "type") || headers.Contains(Prefix + "source");

    public static IngestMessage DecodeBinary(string? key, ReadOnlySpan<byte> value, RecordHeaders headers, DocumentReadOptions options)
    {
        var attributes = new CloudEvent
        {
            Field = static name => RecordHeaders.Field(name == "datacontenttype" ? "content-type" : Prefix + name),
            SpecVersionValue = headers.Get(Prefix + "specversion"),
            Id = headers.Get(Prefix + "id"),
            Source = headers.Get(Prefix + "source"),
            Type = headers.Get(Prefix + "type"),
            Subject = headers.Get(Prefix + "subject"),
            DataContentType = headers.Get("content-type"),
            Time = headers.Get(Prefix + "time"),
            Tenant = headers.Get(Prefix + "tenant"),
            Version = headers.Get(Prefix + "version"),
            DataField = "$",
        };
        return attributes.Interpret(value, key, options);
    }

    public static IngestMessage DecodeStructured(string? key, ReadOnlySpan<byte> value, DocumentReadOptions options)
    {
        if (value.Length > options.Limits.MaxDocumentBytes)
        {
            throw new DocumentRejectedException(
                "$", $"is {value.Length} bytes long, the limit is {options.Limits.MaxDocumentBytes}", "Split the document or scale its pictures down.");
        }

        try
        {
            return ReadStructured(key, ByteOrderMark.Skip(value), options);
        }
        catch (JsonException e)
        {
            throw DocumentJson.Broken("$", e);
        }
    }

    private static IngestMessage ReadStructured(string? key, ReadOnlySpan<byte> value, DocumentReadOptions options)
    {
        // Deeper than the limit, so that the document's own reader can name the place that is too deep.
        var json = new Utf8JsonReader(value, new JsonReaderOptions { MaxDepth = options.Limits.MaxJsonDepth + 1000 });
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new DocumentRejectedException(
                "$", $"is {JsonStrings.Describe(json.TokenType)}, not a JSON object", "Send one CloudEvent.");
        }

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        ReadOnlySpan<byte> data = default, base64 = default;
        bool hasData = false, hasBase64 = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonStrings.Read(in json, "$", MaxAttributeLength, "Shorten the names of attributes.");
            json.Read();
            switch (name)
            {
                case "data":
                    Once(name, hasData || hasBase64);
                    hasData = true;
                    var start = (int)json.TokenStartIndex;
                    json.Skip();
                    data = value[start..(int)json.BytesConsumed];
                    break;
                case "data_base64":
                    Once(name, hasData || hasBase64);
                    hasBase64 = true;
                    if (json.TokenType != JsonTokenType.String)
                        throw new DocumentRejectedException(name, $"is {JsonStrings.Describe(json.TokenType)}, not a base64 string", "Send the document as data.");
                    base64 = json.ValueIsEscaped ? Unescape(in json).Span : json.ValueSpan;
                    break;
                default:
                    if (json.TokenType == JsonTokenType.Null)
                        break;
                    Once(name, !attributes.TryAdd(name, Attribute(name, in json)));
                    break;
            }
        }

        json.Read();
        if (!hasBase64)
            return Event(attributes, "data").Interpret(data is [(byte)'n', ..] ? default : data, key, options);
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, decoded, out var consumed, out var written) != OperationStatus.Done || consumed != base64.Length)
            throw InvalidBase64(null);
        return Event(attributes, "data_base64").Interpret(decoded.AsSpan(0, written), key, options);
    }

    /// <summary>Some writers escape the slash or the plus.</summary>
    private static ReadOnlyMemory<byte> Unescape(ref readonly Utf8JsonReader json)
    {
        var unescaped = new byte[json.ValueSpan.Length];
        try
        {
            return unescaped.AsMemory(0, json.CopyString(unescaped));
        }
        catch (InvalidOperationException e)
        {
            throw InvalidBase64(e);
        }
    }

    private static DocumentRejectedException InvalidBase64(Exception? cause) => new("data_base64", "is not valid base64", "Send the document as data.", cause);

    private static CloudEvent Event(Dictionary<string, string> attributes, string dataField) => new()
    {
        Field = static name => name,
        SpecVersionValue = attributes.GetValueOrDefault("specversion"),
        Id = attributes.GetValueOrDefault("id"),
        Source = attributes.GetValueOrDefault("source"),
        Type = attributes.GetValueOrDefault("type"),
        Subject = attributes.GetValueOrDefault("subject"),
        DataContentType = attributes.GetValueOrDefault("datacontenttype"),
        Time = attributes.GetValueOrDefault("time"),
        Tenant = attributes.GetValueOrDefault("tenant"),
        Version = attributes.GetValueOrDefault("version"),
        DataField = dataField,
        DocumentRoot = dataField,
    };

    /// <summary>Attributes are strings; the integers and booleans that the format also allows are taken as they are written.</summary>
    private static string Attribute(string name, ref readonly Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.String => JsonStrings.Read(in json, FieldRules.Shown(name), MaxAttributeLength, "Shorten it."),
        JsonTokenType.Number when json.TryGetInt64(out var number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => throw new DocumentRejectedException(FieldRules.Shown(name), $"is {JsonStrings.Describe(json.TokenType)}, not a string", "Attributes of a CloudEvent are strings, integers or booleans."),
    };

    private static void Once(string name, bool again)
    {
        if (again)
        {
            throw new DocumentRejectedException(
                FieldRules.Shown(name), "occurs twice", "Give every attribute once, and one of data and data_base64.");
        }
    }
}
