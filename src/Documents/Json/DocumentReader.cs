using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.Json;

/// <summary>Reads one document in one pass.</summary>
internal ref partial struct DocumentReader
{
    private readonly DocumentReadOptions options;
    private readonly DocumentLimits limits;
    private readonly string? root;
    private Utf8JsonReader json;
    private int seen;
    private int reading = -1;
    private int textLength;

    /// <param name="utf8">The document and nothing else.</param>
    /// <param name="options">Limits and what the source may do.</param>
    /// <param name="root">The path of the document in what surrounds it (<c>data</c> of a CloudEvent); null when nothing does.</param>
    public DocumentReader(ReadOnlySpan<byte> utf8, DocumentReadOptions options, string? root)
    {
        this.options = options;
        this.root = root;
        limits = options.Limits;

        // One more than allowed, so that our own check comes first and can name the place.
        json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = limits.MaxJsonDepth + 1 });
    }

    /// <exception cref="JsonException">Not JSON.</exception>
    public InterleavedDocument Read()
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw WrongType(Field(), "a JSON object");

        string? id = null, title = null, language = null;
        var tenant = options.DefaultTenant;
        var collection = options.DefaultCollection;
        long? version = null;
        DateTimeOffset? time = null;
        JsonObject? metadata = null;
        List<DocumentPart>? parts = null;

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = TopLevelName();
            json.Read();
            switch (name)
            {
                case "id":
                    id = ReadId();
                    break;
                case "parts":
                    parts = ReadParts();
                    break;
                case var _ when json.TokenType == JsonTokenType.Null:
                    break;
                case "version":
                    version = ReadVersion();
                    break;
                case "tenant":
                    FieldRules.Name(Field(name), tenant = ReadString(Field(name), FieldRules.MaxNameLength));
                    break;
                case "collection":
                    FieldRules.Name(Field(name), collection = ReadString(Field(name), FieldRules.MaxNameLength));
                    break;
                case "title":
                    title = NullIfEmpty(ReadString(Field(name), limits.MaxTitleLength));
                    break;
                case "language":
                    FieldRules.Language(Field(name), language = ReadString(Field(name), FieldRules.MaxLanguageLength));
                    break;
                case "time":
                    time = ReadTime();
                    break;
                default:
                    metadata = ReadMetadata();
                    break;
            }
        }

        // Whatever follows the document is an error of the JSON reader.
        json.Read();
        if (id is null)
            throw new DocumentRejectedException(Field("id"), "is missing", "Give every document an id that is unique within its tenant.");
        if (parts is null)
            throw new DocumentRejectedException(Field("parts"), "is missing", "Send at least one text or image part.");
        return new InterleavedDocument
        {
            Id = id,
            Version = version,
            Tenant = tenant,
            Collection = collection,
            Title = title,
            Language = language,
            Time = time,
            Metadata = metadata,
            Parts = parts,
        };
    }

    /// <summary>What is being read, for the message about broken JSON.</summary>
    public readonly string Reading => reading < 0 ? "" : $" (in {Field("parts")}[{reading}])";

    private string TopLevelName()
    {
        var index = FieldNames.Document.Match(in json);
        if (index == FieldNames.None)
        {
            var unknown = JsonStrings.ShownName(in json);
            var fix = unknown == "specversion"
                ? "This is a CloudEvent: send it with the header content-type: application/cloudevents+json."
                : FieldNames.Document.Hint(unknown);
            throw new DocumentRejectedException(Field(unknown), "is not a field of a document", fix);
        }

        var name = FieldNames.Document[index];
        if ((seen & (1 << index)) != 0)
            throw new DocumentRejectedException(Field(name), "occurs twice", "Give every field once.");
        seen |= 1 << index;
        return name;
    }

    private readonly string ReadId()
    {
        var field = Field("id");
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(field, "a string");
        var id = JsonStrings.Read(in json, field, limits.MaxIdLength, "Shorten the id, or use a hash of it.");
        FieldRules.Id(field, id, limits);
        return id;
    }

    private readonly long ReadVersion()
    {
        var field = Field("version");
        if (json.TokenType != JsonTokenType.Number)
            throw WrongType(field, "a whole number");
        if (!json.TryGetInt64(out var version) || version < 0)
        {
            throw new DocumentRejectedException(
                field,
                "is not a whole number from 0 to 9223372036854775807 written without fraction and exponent",
                "Use a counter or a time in microseconds, or leave it out to take the record's position.");
        }

        return version;
    }

    private readonly DateTimeOffset ReadTime()
    {
        var field = Field("time");
        var text = ReadString(field, FieldRules.MaxTimeLength);
        if (!Rfc3339.TryParse(text, out var time))
        {
            throw new DocumentRejectedException(
                field, $"'{FieldRules.Shown(text)}' is not an RFC 3339 time", "Write it as in 2026-01-31T09:30:00Z or 2026-01-31T09:30:00+01:00.");
        }

        return time;
    }

    private JsonObject ReadMetadata()
    {
        var field = Field("metadata");
        if (json.TokenType != JsonTokenType.StartObject)
            throw WrongType(field, "an object");
        return new MetadataReader(field, limits).Read(ref json);
    }

    private readonly string ReadString(string field, int maxLength)
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(field, "a string");
        return JsonStrings.Read(in json, field, maxLength, "Shorten it.");
    }

    private readonly DocumentRejectedException WrongType(string field, string expected) =>
        new(field, $"is {JsonStrings.Describe(json.TokenType)}, not {expected}", "Send the type that the schema gives.");

    private readonly string Field(string? name = null) => (root, name) switch
    {
        (null, null) => "$",
        (null, _) => name,
        (_, null) => root,
        _ => $"{root}.{name}",
    };

    private static string? NullIfEmpty(string text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
