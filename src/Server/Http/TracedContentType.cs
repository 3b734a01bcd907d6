using System.Diagnostics;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// The trace of a pushed document, beside its content type, where the inbox keeps it until the document is ingested, by whatever node: as a parameter of the type,
/// which readers that don't know it pass over.
/// </summary>
internal static class TracedContentType
{
    private const string Parameter = ";traceparent=";

    /// <summary>With the request's trace, if the caller named one or this node records it.</summary>
    public static string Add(string contentType) =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } span && (span.ParentId is not null || span.Recorded) ? contentType + Parameter + id : contentType;

    /// <returns>The type as it was sent, and the trace; null where there is none.</returns>
    public static (string ContentType, string? TraceParent) Split(string kept)
    {
        var at = kept.LastIndexOf(Parameter, StringComparison.Ordinal);
        return at < 0 ? (kept, null) : (kept[..at], kept[(at + Parameter.Length)..]);
    }
}
