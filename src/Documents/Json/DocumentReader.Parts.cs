using System.Buffers;
using System.Buffers.Text;
using System.Numerics;
using System.Text.Json;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.Json;

internal ref partial struct DocumentReader
{
    private const string SplitText = "Split the document.";

    private List<DocumentPart> ReadParts()
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw WrongType(Field("parts"), "an array");
        var parts = new List<DocumentPart>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (parts.Count == limits.MaxParts)
                throw new DocumentRejectedException(Field("parts"), $"has more than {limits.MaxParts} entries", "Split the document.");
            reading = parts.Count;
            parts.Add(ReadPart());
        }

        reading = -1;
        if (parts.Count == 0)
            throw new DocumentRejectedException(Field("parts"), "is empty", "Send at least one text or image part.");
        return parts;
    }

    private DocumentPart ReadPart()
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw WrongType(PartField(), "an object with a type");
        var fields = default(PartFields);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var index = FieldNames.Part.Match(in json);
            if (index == FieldNames.None)
            {
                var unknown = JsonStrings.ShownName(in json);
                throw new DocumentRejectedException(PartField(unknown), "is not a field of a part", FieldNames.Part.Hint(unknown));
            }

            var name = FieldNames.Part[index];
            if ((fields.Seen & (1 << index)) != 0)
                throw new DocumentRejectedException(PartField(name), "occurs twice", "Give every field once.");
            fields.Seen |= 1 << index;
            json.Read();
            if (json.TokenType == JsonTokenType.Null)
                continue;
            fields.Given |= 1 << index;
            ReadField(name, ref fields);
        }

        return fields.Type switch
        {
            null => throw new DocumentRejectedException(PartField("type"), "is missing", "Write \"text\" or \"image\"."),
            "text" => TextOf(in fields),
            "image" => ImageOf(in fields),
            _ => throw new DocumentRejectedException(PartField("type"), $"'{FieldRules.Shown(fields.Type)}' is not a kind of part", "Write \"text\" or \"image\"."),
        };
    }

    private void ReadField(string name, ref PartFields fields)
    {
        switch (name)
        {
            case "type":
                fields.Type = ReadString(PartField(name), FieldRules.MaxNameLength);
                break;
            case "text":
                fields.Text = ReadText();
                break;
            case "data":
                fields.Data = ReadBase64();
                break;
            case "media_type":
                fields.MediaType = ReadString(PartField(name), FieldRules.MaxNameLength);
                break;
            case "path":
                fields.Path = ReadString(PartField(name), FieldRules.MaxPathLength);
                break;
            case "blob":
                fields.Blob = ReadString(PartField(name), FieldRules.MaxNameLength);
                break;
            case "url":
                fields.Url = ReadString(PartField(name), FieldRules.MaxUrlLength);
                break;
            default:
                fields.Alt = NullIfEmpty(ReadString(PartField(name), limits.MaxAltLength));
                break;
        }
    }

    private string ReadText()
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(PartField("text"), "a string");

        // The limit is over all parts: what is left decides, before the text is decoded.
        var left = limits.MaxTextLength - textLength;
        if (JsonStrings.LengthAtLeast(in json, left) is var atLeast && atLeast > left)
            throw FieldRules.TooLong(PartField("text"), (long)textLength + atLeast, limits.MaxTextLength, SplitText);
        var text = JsonStrings.Read(in json, PartField("text"), int.MaxValue, SplitText);
        if (text.Length > left)
            throw FieldRules.TooLong(PartField("text"), (long)textLength + text.Length, limits.MaxTextLength, SplitText);
        textLength += text.Length;
        return text;
    }

    private readonly ReadOnlyMemory<byte> ReadBase64()
    {
        var field = PartField("data");
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(field, "a base64 string");
        if (json.ValueSpan.StartsWith("data:"u8))
        {
            throw new DocumentRejectedException(
                field, "is a data: URL", "Send only the base64 after the comma, and the type as media_type.");
        }

        if (!json.ValueIsEscaped)
            return Decode(field, json.ValueSpan);

        // Some writers escape the slash; the escapes are taken out in a rented buffer.
        var unescaped = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
        try
        {
            return Decode(field, unescaped.AsSpan(0, json.CopyString(unescaped)));
        }
        catch (InvalidOperationException e)
        {
            throw InvalidBase64(field, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private readonly ReadOnlyMemory<byte> Decode(string field, ReadOnlySpan<byte> base64)
    {
        var padding = base64.EndsWith("=="u8) ? 2 : base64.EndsWith("="u8) ? 1 : 0;
        var length = (base64.Length / 4L * 3) - padding;
        if (length > limits.MaxImageBytes)
            throw ImageRules.TooLarge(field, length, limits);
        if (length <= 0)
        {
            throw new DocumentRejectedException(
                field, base64.IsEmpty ? "is empty" : "is not valid base64", "Send the picture's file as standard base64.");
        }

        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        if (Base64.DecodeFromUtf8(base64, bytes, out var consumed, out var written) != OperationStatus.Done || consumed != base64.Length)
            throw InvalidBase64(field, null);
        return bytes.AsMemory(0, written);
    }

    private readonly TextPart TextOf(ref readonly PartFields fields)
    {
        // Two bits for type and text, the first names of a part.
        if (fields.Given >> 2 is var others and not 0)
        {
            var name = FieldNames.Part[2 + BitOperations.TrailingZeroCount(others)];
            throw new DocumentRejectedException(
                PartField(name), "does not belong to a text part", "Send pictures as parts of their own, of type image.");
        }

        if (fields.Text is null)
            throw new DocumentRejectedException(PartField("text"), "is missing", "Give the part its text.");
        FieldRules.Text(PartField("text"), fields.Text);
        return new TextPart(fields.Text);
    }

    private readonly ImagePart ImageOf(ref readonly PartFields fields)
    {
        if (fields.Text is not null)
        {
            throw new DocumentRejectedException(
                PartField("text"), "does not belong to an image part", "Send words about the picture as alt, or as a text part of their own.");
        }

        var sources = (fields.Data is null ? 0 : 1) + (fields.Path is null ? 0 : 1) + (fields.Blob is null ? 0 : 1) + (fields.Url is null ? 0 : 1);
        if (sources == 0)
        {
            throw new DocumentRejectedException(
                PartField("data"), "is missing", $"Give the picture as {Sources()}.");
        }

        if (sources > 1)
        {
            throw new DocumentRejectedException(
                PartField(fields.Url is not null ? "url" : fields.Blob is not null ? "blob" : "path"),
                "stands beside another source of the same picture",
                "Give exactly one of data, path, blob and url.");
        }

        if (fields.Data is null && fields.MediaType is not null)
        {
            throw new DocumentRejectedException(
                PartField("media_type"), "belongs to data only", "Leave it out: the type of a file is found by its content.");
        }

        ImageSource source = fields switch
        {
            { Data: { } bytes } => Inline(bytes, fields.MediaType),
            { Path: { } path } => File(path),
            { Blob: { } blob } => new BlobImage(ImageRules.Blob(PartField("blob"), blob, options)),
            _ => new UrlImage(ImageRules.Url(PartField("url"), fields.Url!, options)),
        };
        return new ImagePart(source, fields.Alt);
    }

    private readonly string Sources()
    {
        List<string> sources = ["data (base64)"];
        if (options.AllowFilePaths)
            sources.Add("path");
        if (options.AllowBlobs)
            sources.Add("blob");
        if (options.AllowUrls)
            sources.Add("url");
        return string.Join(" or ", sources);
    }

    private readonly InlineImage Inline(ReadOnlyMemory<byte> data, string? mediaType)
    {
        // The claimed type first: where both are wrong, "application/pdf" says more than the bytes do.
        if (mediaType is not null && !ImageHeader.TryParseMediaType(mediaType, out _))
            ImageRules.MediaType(PartField("media_type"), mediaType, data.Span);
        var format = ImageRules.Bytes(PartField("data"), data.Span, limits);
        ImageRules.MediaType(PartField("media_type"), mediaType, data.Span);
        return new InlineImage(data, ImageHeader.MediaType(format));
    }

    private readonly FileImage File(string path)
    {
        ImageRules.Path(PartField("path"), path, options);
        return new FileImage(path);
    }

    private readonly string PartField(string? name = null) => name is null ? $"{Field("parts")}[{reading}]" : $"{Field("parts")}[{reading}].{name}";

    private static DocumentRejectedException InvalidBase64(string field, Exception? cause) =>
        new(field, "is not valid base64", "Send the picture's file as standard base64 (+ and /, padded with =).", cause);

    private struct PartFields
    {
        public int Seen;
        public int Given;
        public string? Type;
        public string? Text;
        public ReadOnlyMemory<byte>? Data;
        public string? MediaType;
        public string? Path;
        public string? Blob;
        public string? Url;
        public string? Alt;
    }
}
