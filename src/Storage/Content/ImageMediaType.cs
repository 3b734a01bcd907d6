namespace UnifiedVlm.Storage.Content;

/// <summary>What a picture's first bytes say it is; a sender's claim counts only where they say nothing.</summary>
internal static class ImageMediaType
{
    private const string Unknown = "application/octet-stream";

    public static string Of(ReadOnlySpan<byte> bytes, string? claimed) => bytes switch
    {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        _ => string.IsNullOrEmpty(claimed) ? Unknown : claimed,
    };
}
