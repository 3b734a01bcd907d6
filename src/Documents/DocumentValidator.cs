using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents;

/// <summary>The rules of the JSON form for documents that were made in memory: by importers, by code, as queries.</summary>
public static class DocumentValidator
{
    /// <exception cref="DocumentRejectedException">Names the first offending field.</exception>
    public static void Validate(InterleavedDocument document, DocumentReadOptions? options = null)
    {
        options ??= DocumentReadOptions.Default;
        var limits = options.Limits;
        FieldRules.Id("id", document.Id, limits);
        if (document.Version < 0)
            throw new DocumentRejectedException("version", "is negative", "Use a counter or a time in microseconds.");
        FieldRules.Name("tenant", document.Tenant);
        FieldRules.Name("collection", document.Collection);
        Optional("title", document.Title, limits.MaxTitleLength);
        if (document.Language is { } language)
            FieldRules.Language("language", language);
        if (document.Metadata is { } metadata)
            Metadata(metadata, limits);
        Parts(document.Parts, options);
    }

    /// <summary>Takes the name of a tenant or collection that came by another way than in a document.</summary>
    /// <exception cref="DocumentRejectedException">Names <paramref name="field"/>.</exception>
    public static void ValidateName(string field, string name) => FieldRules.Name(field, name);

    /// <summary>Takes a file as a picture: its size, and its format by the first bytes, whatever anyone claims.</summary>
    /// <param name="field">Where the file came from, for messages.</param>
    /// <exception cref="DocumentRejectedException">It is empty, too large or none of the formats that are taken.</exception>
    public static InlineImage ValidatePicture(string field, ReadOnlyMemory<byte> file, DocumentLimits limits) =>
        new(file, ImageHeader.MediaType(ImageRules.Bytes(field, file.Span, limits))) { Field = field[(field.LastIndexOf('.') + 1)..] };

    /// <summary>Reads what names a blob: a SHA-256 as 64 hexadecimal digits.</summary>
    /// <returns>The same in lower case.</returns>
    /// <exception cref="DocumentRejectedException">Names <paramref name="field"/>.</exception>
    public static string ValidateSha256(string field, string sha256) => FieldRules.Sha256(field, sha256);

    private static void Parts(IReadOnlyList<DocumentPart> parts, DocumentReadOptions options)
    {
        var limits = options.Limits;
        if (parts.Count == 0)
            throw new DocumentRejectedException("parts", "is empty", "Send at least one text or image part.");
        if (parts.Count > limits.MaxParts)
            throw new DocumentRejectedException("parts", $"has more than {limits.MaxParts} entries", "Split the document.");
        long textLength = 0, bytes = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i] is ImagePart image)
            {
                Image($"parts[{i}]", image, options);
                bytes += image.Source is InlineImage inline ? inline.Data.Length : 0;
            }
            else if (parts[i] is TextPart { Text: var text })
            {
                FieldRules.Text($"parts[{i}].text", text);
                textLength += text.Length;
                if (textLength > limits.MaxTextLength)
                    throw FieldRules.TooLong($"parts[{i}].text", textLength, limits.MaxTextLength, "Split the document.");
            }

            if (bytes + textLength > limits.MaxDocumentBytes)
            {
                throw new DocumentRejectedException(
                    $"parts[{i}]", $"brings the document over the limit of {limits.MaxDocumentBytes} bytes", "Split the document or scale its pictures down.");
            }
        }
    }

    private static void Image(string field, ImagePart image, DocumentReadOptions options)
    {
        Optional($"{field}.alt", image.Alt, options.Limits.MaxAltLength);
        switch (image.Source)
        {
            case InlineImage inline:
                ImageRules.Bytes($"{field}.data", inline.Data.Span, options.Limits);
                ImageRules.MediaType($"{field}.media_type", inline.MediaType, inline.Data.Span);
                break;
            case FileImage file:
                ImageRules.Path($"{field}.path", file.Path, options);
                break;
            case BlobImage blob:
                ImageRules.Blob($"{field}.blob", blob.Sha256, options);
                break;
            case UrlImage remote:
                ImageRules.Url($"{field}.url", remote.Url.OriginalString, options);
                break;
        }
    }

    private static void Metadata(JsonObject metadata, DocumentLimits limits)
    {
        var length = JsonSerializer.SerializeToUtf8Bytes(metadata).Length;
        if (length > limits.MaxMetadataBytes)
        {
            throw new DocumentRejectedException(
                "metadata", $"is larger than the limit of {limits.MaxMetadataBytes} bytes", "Keep long texts in parts.");
        }

        Walk("metadata", metadata, 2);

        void Walk(string field, JsonNode? node, int depth)
        {
            if (node is JsonValue value && value.TryGetValue<string>(out var text))
                FieldRules.Storable(field, text);
            if (node is not (JsonObject or JsonArray))
                return;
            if (depth > limits.MaxJsonDepth)
                throw new DocumentRejectedException(field, $"is nested deeper than {limits.MaxJsonDepth} levels", "Flatten it.");
            if (node is JsonArray items)
            {
                for (var i = 0; i < items.Count; i++)
                    Walk($"{field}[{i}]", items[i], depth + 1);
                return;
            }

            foreach (var (name, member) in node.AsObject())
            {
                FieldRules.Storable($"{field}.{FieldRules.Shown(name)}", name);
                Walk($"{field}.{FieldRules.Shown(name)}", member, depth + 1);
            }
        }
    }

    private static void Optional(string field, string? text, int maxLength)
    {
        if (text is null)
            return;
        if (text.Length > maxLength)
            throw FieldRules.TooLong(field, text.Length, maxLength, "Shorten it.");
        FieldRules.Storable(field, text);
    }
}
