using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Json;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>
/// Text and pictures in the forms that clients send: a string, OpenAI's content parts (<c>text</c>, <c>image_url</c> with a data URL), or this server's own <c>{"parts": [..]}</c>.
/// </summary>
internal sealed partial class ContentReader(DocumentLimits limits)
{
    private const string Base64Marker = ";base64,";

    private readonly DocumentReadOptions reading = new() { Limits = limits };

    /// <summary>A document to embed or to rank.</summary>
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    /// <exception cref="TenantRefusedException">It is said to be another tenant's than the caller's.</exception>
    public InterleavedDocument Document(JsonElement value, string field, Caller caller)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("parts", out _))
            return Own(value, field, caller);
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("text", out var text))
        {
            RefuseBesideText(value, field);
            return FromParts([Text(text, $"{field}.text")], _ => $"{field}.text", field);
        }

        return FromParts(Parts(value, field), value, field);
    }

    /// <summary>What a turn says: nothing, where all its text is blank, as a model's own empty answer is when it comes back.</summary>
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public IReadOnlyList<DocumentPart> Turn(JsonElement value, string field)
    {
        if (value.ValueKind == JsonValueKind.String)
            return IsBlank(value, field) ? [] : Checked(Parts(value, field), _ => field, field);
        if (value.ValueKind != JsonValueKind.Array)
            return Parts(value, field);
        CheckCount(value, field);
        var parts = value.EnumerateArray().Index()
            .Where(part => !(part.Item.ValueKind == JsonValueKind.Object && part.Item.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
                && RequestJson.Unicode($"{field}[{part.Index}].type", type) == "text"
                && part.Item.TryGetProperty("text", out var text) && IsBlank(text, $"{field}[{part.Index}].text")))
            .Select(part => (part.Index, Part: Part(part.Item, $"{field}[{part.Index}]"))).ToList();
        return parts.Count == 0 ? [] : Checked([.. parts.Select(static part => part.Part)], i => NameOf(parts[i].Part, parts[i].Index, field), field);
    }

    /// <summary>Beside its text nothing of it would be read: a picture there would be left out without a word.</summary>
    private static void RefuseBesideText(JsonElement value, string field)
    {
        foreach (var member in value.EnumerateObject())
        {
            var isRead = member.Name == "text" || member.Value.ValueKind == JsonValueKind.Null
                || (member.Name == "type" && member.Value.ValueKind == JsonValueKind.String && RequestJson.Unicode($"{field}.type", member.Value) == "text");
            if (!isRead)
                throw new DocumentRejectedException($"{field}.{member.Name}", "does not go with text", "Send the text alone, or {\"parts\": [..]} with text and pictures in order.");
        }
    }

    /// <summary>Content as it is to be embedded or ranked.</summary>
    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    private List<DocumentPart> Parts(JsonElement value, string field)
    {
        if (value.ValueKind == JsonValueKind.String)
            return [Text(value, field)];
        if (value.ValueKind != JsonValueKind.Array)
            throw new DocumentRejectedException(field, "is neither text nor an array of content parts", "Send a string or an array of {\"type\": \"text\"|\"image_url\", ..}.");
        CheckCount(value, field);
        var parts = new List<DocumentPart>(value.GetArrayLength());
        foreach (var part in value.EnumerateArray())
            parts.Add(Part(part, $"{field}[{parts.Count}]"));
        if (parts.Count == 0)
            throw new DocumentRejectedException(field, "is empty", "Send at least one content part.");
        return parts;
    }

    /// <summary>As the document's rules have it, but before any part is made: a body has room for millions.</summary>
    private void CheckCount(JsonElement parts, string field)
    {
        if (parts.GetArrayLength() > reading.Limits.MaxParts)
            throw new DocumentRejectedException(field, $"has more than {reading.Limits.MaxParts} entries", "Split the document.");
    }

    /// <param name="value">What they were read from.</param>
    private InterleavedDocument FromParts(IReadOnlyList<DocumentPart> parts, JsonElement value, string field)
        => FromParts(parts, value.ValueKind == JsonValueKind.String ? _ => field : i => NameOf(parts[i], i, field), field);

    private IReadOnlyList<DocumentPart> Checked(IReadOnlyList<DocumentPart> parts, Func<int, string> nameOf, string field) => FromParts(parts, nameOf, field).Parts;

    /// <summary>The parts follow the rules of a document's.</summary>
    /// <exception cref="DocumentRejectedException">Names the field, as its sender calls it.</exception>
    private InterleavedDocument FromParts(IReadOnlyList<DocumentPart> parts, Func<int, string> nameOf, string field)
    {
        var document = new InterleavedDocument { Id = "input", Parts = parts };
        try
        {
            DocumentValidator.Validate(document, reading);
        }
        catch (DocumentRejectedException error)
        {
            // Of a part, parts[i].data or parts[i].text; else of all of them.
            var name = PartField().Match(error.Field) is { Success: true } match ? nameOf(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)) : field;
            throw new DocumentRejectedException(name, error.Problem, error.Fix, error);
        }

        return document;
    }

    private InterleavedDocument Own(JsonElement value, string field, Caller caller)
    {
        try
        {
            var document = NestedDocumentJson.Parse(value, caller.Reading(reading), "input");
            caller.TenantOf(document.Tenant, $"{field}.tenant");
            return document;
        }
        catch (DocumentRejectedException error)
        {
            throw new DocumentRejectedException(error.Field == "$" ? field : $"{field}.{error.Field}", error.Problem, error.Fix, error);
        }
    }

    private static DocumentPart Part(JsonElement part, string field)
    {
        var type = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var given) && given.ValueKind == JsonValueKind.String
            ? RequestJson.Unicode($"{field}.type", given)
            : throw new DocumentRejectedException($"{field}.type", "is missing", "Send {\"type\": \"text\", \"text\": ..} or {\"type\": \"image_url\", \"image_url\": {\"url\": ..}}.");
        return type switch
        {
            "text" => Text(Member(part, "text", field), $"{field}.text"),
            "image_url" => Picture(Member(part, "image_url", field), $"{field}.image_url"),
            _ => throw new DocumentRejectedException($"{field}.type", $"is '{type}', which is not supported", "Send text and image_url parts."),
        };
    }

    private static string NameOf(DocumentPart part, int index, string field) => $"{field}[{index}].{(part is ImagePart { Source: InlineImage picture } ? picture.Field : "text")}";

    private static bool IsBlank(JsonElement value, string field) => value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(RequestJson.Unicode(field, value));

    private static JsonElement Member(JsonElement part, string name, string field) => part.TryGetProperty(name, out var value)
        ? value
        : throw new DocumentRejectedException($"{field}.{name}", "is missing", $"A part of this type has the member {name}.");

    private static TextPart Text(JsonElement value, string field) =>
        value.ValueKind == JsonValueKind.String && RequestJson.Unicode(field, value) is { } text && !string.IsNullOrWhiteSpace(text)
            ? new TextPart(text)
            : throw new DocumentRejectedException(field, "is no text", "Send a string with at least one word.");

    private static ImagePart Picture(JsonElement value, string field)
    {
        var isObject = value.ValueKind == JsonValueKind.Object;
        var url = isObject ? Member(value, "url", field) : value;
        field = isObject ? $"{field}.url" : field;
        if (url.ValueKind != JsonValueKind.String || RequestJson.Unicode(field, url) is not { } text || !text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            throw new DocumentRejectedException(field, "is no data URL", "Send the picture itself: data:image/png;base64,.. (pictures are not fetched for a client).");
        var marker = text.IndexOf(Base64Marker, StringComparison.OrdinalIgnoreCase);
        if (marker < 0)
            throw new DocumentRejectedException(field, "is a data URL without base64", "Send data:image/png;base64,..");
        var encoded = Encoding.UTF8.GetBytes(text[(marker + Base64Marker.Length)..]);
        if (Base64.DecodeFromUtf8InPlace(encoded, out var written) != System.Buffers.OperationStatus.Done || written == 0)
            throw new DocumentRejectedException(field, "is not valid base64", "Encode the file's bytes with standard base64.");
        return new ImagePart(new InlineImage(encoded.AsMemory(0, written), MediaType(text["data:".Length..marker])) { Field = isObject ? "image_url.url" : "image_url" });
    }

    /// <summary>Without its parameters. Browsers and libraries say image/jpg too.</summary>
    /// <returns>Null: it says none.</returns>
    private static string? MediaType(string said) => said.Split(';')[0].Trim() switch
    {
        "" => null,
        var type when type.Equals("image/jpg", StringComparison.OrdinalIgnoreCase) => "image/jpeg",
        var type => type,
    };

    [GeneratedRegex(@"^parts\[(\d+)\]\.")]
    private static partial Regex PartField();
}
