namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>Content types without their parameters.</summary>
internal static class MediaTypes
{
    public static bool IsJson(string contentType)
    {
        var type = Essence(contentType);
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Equals("text/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    public static bool IsCloudEvent(string contentType) =>
        Essence(contentType).StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase);

    public static bool IsJsonCloudEvent(string contentType) =>
        Essence(contentType).Equals("application/cloudevents+json", StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> Essence(string contentType)
    {
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        return contentType.AsSpan(0, end < 0 ? contentType.Length : end).Trim();
    }
}
