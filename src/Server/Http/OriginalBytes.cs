using System.Text;
using System.Text.Unicode;

namespace UnifiedVlm.Server.Http;

/// <summary>Bytes as they came: as text where they are UTF-8, else in base64.</summary>
internal sealed record OriginalBytes(string? Text, string? Base64)
{
    public static OriginalBytes From(ReadOnlyMemory<byte> bytes) => Utf8.IsValid(bytes.Span)
        ? new OriginalBytes(Encoding.UTF8.GetString(bytes.Span), null)
        : new OriginalBytes(null, Convert.ToBase64String(bytes.Span));
}
