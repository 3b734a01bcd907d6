using Microsoft.AspNetCore.Http.Features;

namespace UnifiedVlm.Server.Http;

/// <summary>Where a document is addressed.</summary>
internal static class DocumentPath
{
    public const string Prefix = "/v1/documents/";

    /// <summary>The id as the client wrote it: the route's own value keeps an escaped slash escaped, and ends at one that is not.</summary>
    public static string Id(HttpRequest request, string routed)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var path = target.Split('?')[0];
        var start = path.IndexOf(Prefix, StringComparison.Ordinal);
        return start < 0 ? routed : Uri.UnescapeDataString(path[(start + Prefix.Length)..]);
    }
}
