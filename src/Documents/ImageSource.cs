namespace UnifiedVlm.Documents;

/// <summary>Where the bytes of a picture come from.</summary>
public abstract record ImageSource
{
    private protected ImageSource()
    {
    }
}

/// <summary>The encoded file itself (JPEG, PNG or WebP). <paramref name="MediaType"/> is what the sender claims; the magic bytes decide.</summary>
public sealed record InlineImage(ReadOnlyMemory<byte> Data, string? MediaType = null) : ImageSource;

/// <summary>A file below the configured root. Only local sources may name one.</summary>
public sealed record FileImage(string Path) : ImageSource;

/// <summary>An address to fetch from. Refused unless fetching is switched on.</summary>
public sealed record UrlImage(Uri Url) : ImageSource;
