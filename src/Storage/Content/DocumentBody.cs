using System.Security.Cryptography;
using System.Text.Json;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Content;

/// <summary>The stored form of a document's parts: JSON in which a picture is its SHA-256, so that equal pictures are kept once a tenant.</summary>
internal static class DocumentBody
{
    /// <summary>One picture an image part, in order.</summary>
    /// <exception cref="ArgumentException">There are more or fewer pictures than image parts.</exception>
    public static StoredPicture[] Pictures(InterleavedDocument document, IReadOnlyList<ReadOnlyMemory<byte>> images)
    {
        var parts = document.Parts.OfType<ImagePart>().ToArray();
        if (parts.Length != images.Count)
            throw new ArgumentException($"Document '{document.Id}' has {parts.Length} image parts but came with {images.Count} pictures.", nameof(images));
        var pictures = new StoredPicture[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var claimed = (parts[i].Source as InlineImage)?.MediaType;
            pictures[i] = new StoredPicture(SHA256.HashData(images[i].Span), ImageMediaType.Of(images[i].Span, claimed), images[i]);
        }
        return pictures;
    }

    /// <summary><c>[{"type":"text","text":..},{"type":"image","sha256":..,"alt":..}]</c> in UTF-8.</summary>
    public static byte[] Write(InterleavedDocument document, IReadOnlyList<StoredPicture> pictures) => JsonText.Write((document, pictures), static (json, of) =>
    {
        var picture = 0;
        json.WriteStartArray();
        foreach (var part in of.document.Parts)
        {
            json.WriteStartObject();
            if (part is TextPart text)
            {
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, text.Text);
            }
            else
            {
                json.WriteString("type"u8, "image"u8);
                json.WriteString("sha256"u8, Convert.ToHexStringLower(of.pictures[picture++].Sha256));
                if (((ImagePart)part).Alt is { } alt)
                    json.WriteString("alt"u8, alt);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <param name="picture">Gives the stored picture for a SHA-256 in lower-case hexadecimal.</param>
    public static List<DocumentPart> Read(string body, Func<string, ImageSource> picture)
    {
        using var json = JsonDocument.Parse(body);
        var parts = new List<DocumentPart>(json.RootElement.GetArrayLength());
        foreach (var part in json.RootElement.EnumerateArray())
        {
            if (part.GetProperty("type"u8).ValueEquals("text"u8))
                parts.Add(new TextPart(part.GetProperty("text"u8).GetString()!));
            else
                parts.Add(new ImagePart(picture(part.GetProperty("sha256"u8).GetString()!), part.TryGetProperty("alt"u8, out var alt) ? alt.GetString() : null));
        }
        return parts;
    }

    /// <summary>What full text sees: the texts and what stands for the pictures, in reading order.</summary>
    public static string Words(InterleavedDocument document)
    {
        var length = 0;
        foreach (var part in document.Parts)
            length += WordsOf(part) is { Length: > 0 } text ? text.Length + 1 : 0;
        return string.Create(length, document.Parts, static (words, parts) =>
        {
            foreach (var part in parts)
            {
                if (WordsOf(part) is not { Length: > 0 } text)
                    continue;
                text.CopyTo(words);
                words[text.Length] = '\n';
                words = words[(text.Length + 1)..];
            }
        });
    }

    private static string? WordsOf(DocumentPart part) => part switch
    {
        TextPart text => text.Text,
        ImagePart image => image.Alt,
        _ => null,
    };
}
