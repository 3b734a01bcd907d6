using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Documents.Rules;

/// <summary>What a picture must be, as far as that can be said without decoding it. Truncated and monstrous pictures are found by the decoder.</summary>
internal static class ImageRules
{
    /// <summary>Checks the size and recognises the format.</summary>
    public static ImageFormat Bytes(string field, ReadOnlySpan<byte> file, DocumentLimits limits)
    {
        if (file.IsEmpty)
            throw new DocumentRejectedException(field, "is empty", "Send the picture's file.");
        if (file.Length > limits.MaxImageBytes)
            throw TooLarge(field, file.Length, limits);
        return ImageHeader.TryDetect(file, out var format)
            ? format
            : throw new DocumentRejectedException(field, $"is {ImageHeader.Describe(file)}, not a JPEG, PNG or WebP picture", "Convert the picture.");
    }

    /// <summary>Checks a claimed type against the magic bytes.</summary>
    public static void MediaType(string field, string? claimed, ReadOnlySpan<byte> file)
    {
        if (claimed is null)
            return;
        if (!ImageHeader.TryParseMediaType(claimed, out var format))
        {
            throw new DocumentRejectedException(
                field, $"'{FieldRules.Shown(claimed)}' is not taken", "Send image/jpeg, image/png or image/webp.");
        }

        if (!ImageHeader.TryDetect(file, out var found) || found != format)
        {
            throw new DocumentRejectedException(
                field, $"says {ImageHeader.MediaType(format)}, but the data is {ImageHeader.Describe(file)}", "Correct it or leave it out.");
        }
    }

    public static void Path(string field, string path, DocumentReadOptions options)
    {
        if (!options.AllowFilePaths)
        {
            throw new DocumentRejectedException(
                field, "names a file, which only local sources may do", "Send the picture itself as base64 in data.");
        }

        FieldRules.Path(field, path);
    }

    /// <returns>The hash in lower case.</returns>
    public static string Blob(string field, string sha256, DocumentReadOptions options)
    {
        if (!options.AllowBlobs)
        {
            throw new DocumentRejectedException(
                field, "names an uploaded picture, and there is no store here to read it from", "Send the picture itself as base64 in data.");
        }

        return FieldRules.Sha256(field, sha256);
    }

    public static Uri Url(string field, string url, DocumentReadOptions options)
    {
        if (!options.AllowUrls)
        {
            throw new DocumentRejectedException(
                field, "names an address, and fetching is off", "Send the picture itself as base64 in data, or have the operator of the node switch fetching on (--fetch-hosts).");
        }

        return FieldRules.Url(field, url);
    }

    public static DocumentRejectedException TooLarge(string field, long length, DocumentLimits limits) =>
        new(field, $"holds {length} bytes, the limit for a picture is {limits.MaxImageBytes}", "Scale the picture down.");
}
