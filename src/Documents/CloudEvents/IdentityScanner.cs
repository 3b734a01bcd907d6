using System.Text;
using System.Text.Json;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>
/// Looks for id and tenant in a record that was refused, as far as it can be read. One that was read to its end and names no tenant is the default
/// tenant's, as it would be if it were taken; of a broken one nobody knows.
/// </summary>
internal static class IdentityScanner
{
    private const int MaxLength = 1024;

    public static RecordIdentity Scan(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, IReadOnlyList<KeyValuePair<string, byte[]>> headers)
    {
        var (tenant, id, namesNoTenant) = Header(headers, "content-type") is { } contentType && MediaTypes.IsCloudEvent(contentType)
            ? Json(value, "subject", "data")
            : Json(value, "id", inner: null);
        var owner = tenant ?? Header(headers, "ce_tenant") ?? Header(headers, "tenant") ?? (namesNoTenant ? InterleavedDocument.DefaultTenant : null);
        // What can't be a tenant's name is nobody's: no key is for it, and the database's index takes no name of any length.
        return new RecordIdentity(FieldRules.IsName(owner) ? owner : null, id ?? Header(headers, "ce_subject") ?? Text(key));
    }

    /// <param name="utf8">An object, complete or not.</param>
    /// <param name="idName">What the id is called in it.</param>
    /// <param name="inner">The member that holds the document, if it is not the object itself; what stands there comes first.</param>
    /// <returns>What was found, and whether it was read to its end without meeting a tenant.</returns>
    private static (string? Tenant, string? Id, bool NamesNoTenant) Json(ReadOnlySpan<byte> utf8, string idName, string? inner)
    {
        if (utf8.IsEmpty)
            return (null, null, true);
        string? tenant = null, id = null;
        var namesNoTenant = true;
        (string? Tenant, string? Id, bool NamesNoTenant) found = (null, null, true);
        utf8 = ByteOrderMark.Skip(utf8);
        var json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 1000 });
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return (null, null, false);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isId = json.ValueTextEquals(idName);
                var isTenant = json.ValueTextEquals("tenant");
                var isInner = inner is not null && json.ValueTextEquals(inner);
                var isEncoded = inner is not null && json.ValueTextEquals("data_base64");
                json.Read();
                if (isInner && json.TokenType == JsonTokenType.StartObject)
                    found = Json(utf8[(int)json.TokenStartIndex..], "id", inner: null);
                if (isId && json.TokenType == JsonTokenType.String)
                    id = Storable(json.GetString()!);
                // In base64 a document may name whom it likes.
                namesNoTenant &= !isTenant && !isEncoded;
                if (isTenant && json.TokenType == JsonTokenType.String)
                    tenant = Storable(json.GetString()!);
                json.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Broken or not UTF-8 from here on: what was found before stands.
            return (found.Tenant ?? tenant, found.Id ?? id, false);
        }

        return (found.Tenant ?? tenant, found.Id ?? id, namesNoTenant && found.NamesNoTenant);
    }

    private static string? Header(IReadOnlyList<KeyValuePair<string, byte[]>> headers, string name)
    {
        foreach (var (key, value) in headers)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                return Text(value);
        }

        return null;
    }

    private static string? Text(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? null : Storable(Encoding.UTF8.GetString(utf8));

    /// <summary>As the database can hold it: invalid UTF-8 has become U+FFFD already, NUL follows.</summary>
    private static string Storable(string text) => FieldRules.Clip(text.Replace('\0', '\uFFFD'), MaxLength);
}
