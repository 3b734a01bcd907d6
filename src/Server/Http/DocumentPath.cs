using Microsoft.AspNetCore.Http.Features;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http;

/// <summary>Where a document is addressed.</summary>
internal static class DocumentPath
{
    public const string Prefix = "/v1/documents/";

    /// <summary>Where a tenant's document is read.</summary>
    public static string Of(string tenant, string id)
        => Prefix + Uri.EscapeDataString(id) + (tenant == InterleavedDocument.DefaultTenant ? "" : "?tenant=" + Uri.EscapeDataString(tenant));

    /// <summary>The id as the client wrote it: the route's own value keeps an escaped slash escaped, and ends at one that is not.</summary>
    /// <exception cref="DocumentRejectedException">The path came here by escapes or dots, so that where the id begins can't be told.</exception>
    public static string Id(HttpRequest request)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        // An absolute target names the host first.
        if (target.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme && !target.StartsWith('/'))
            target = target.IndexOf('/', scheme + "://".Length) is > 0 and var begin ? target[begin..] : "";
        var path = target.Split('?')[0];
        // Routes don't mind the case.
        return path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(path[Prefix.Length..])
            : throw new DocumentRejectedException("id", "can't be told from the path", $"Send {Prefix} as it is and the id behind it percent-encoded.");
    }
}
