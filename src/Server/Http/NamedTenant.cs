using System.Text;
using System.Text.Json;

namespace UnifiedVlm.Server.Http;

/// <summary>Writes a tenant into a pushed document or event that names none: the inbox keeps bodies, and whoever reads one later knows nothing of the key it came with.</summary>
internal static class NamedTenant
{
    /// <param name="json">An object that was read before; it names this tenant or none.</param>
    /// <param name="tenant">A valid name, so nothing in it needs escaping.</param>
    public static ReadOnlyMemory<byte> In(ReadOnlyMemory<byte> json, string tenant)
    {
        var (start, length, inserted) = Find(json.Span) switch
        {
            null => (json.Span.IndexOf((byte)'{') + 1, 0, $"\"tenant\":\"{tenant}\","),
            (_, 0) => (0, 0, ""),
            var (place, count) => (place, count, $"\"{tenant}\""),
        };
        return inserted.Length == 0 ? json : (byte[])[.. json.Span[..start], .. Encoding.UTF8.GetBytes(inserted), .. json.Span[(start + length)..]];
    }

    /// <returns>Null: there is no such member. A length of 0: it is a name; else where the null stands that it is.</returns>
    private static (int Start, int Length)? Find(ReadOnlySpan<byte> utf8)
    {
        var mark = utf8.StartsWith("\uFEFF"u8) ? 3 : 0;
        var json = new Utf8JsonReader(utf8[mark..], new JsonReaderOptions { MaxDepth = 1000 });
        (int, int)? nothing = null;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isTenant = json.ValueTextEquals("tenant"u8);
            json.Read();
            if (isTenant && json.TokenType != JsonTokenType.Null)
                return (0, 0);
            if (isTenant)
                nothing ??= (mark + (int)json.TokenStartIndex, "null".Length);
            json.Skip();
        }

        return nothing;
    }
}
