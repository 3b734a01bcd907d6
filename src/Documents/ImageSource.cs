namespace UnifiedVlm.Documents;

/// <summary>Where the bytes of a picture come from.</summary>
public abstract record ImageSource
{
    private protected ImageSource()
    {
    }
}

/// <summary>The encoded file itself (JPEG, PNG or WebP). <paramref name="MediaType"/> is what the sender claims; the magic bytes decide.</summary>
public sealed record InlineImage(ReadOnlyMemory<byte> Data, string? MediaType = null) : ImageSource
{
    /// <summary>The field of the part that the picture came by, for messages about it: <c>data</c>, <c>path</c>, <c>blob</c> or <c>url</c>; or what another interface calls it.</summary>
    public string Field { get; init; } = "data";
}

/// <summary>A file below the configured root. Only local sources may name one.</summary>
public sealed record FileImage(string Path) : ImageSource;

/// <summary>A picture that was uploaded to the store before, under the document's tenant. <paramref name="Sha256"/> is 64 lower-case hexadecimal digits.</summary>
public sealed record BlobImage(string Sha256) : ImageSource;

/// <summary>An address to fetch from. Refused unless fetching is switched on.</summary>
public sealed record UrlImage(Uri Url) : ImageSource;
