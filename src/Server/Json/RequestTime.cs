using System.Globalization;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Json;

/// <summary>Times as people write them into requests and options; in UTC unless they say otherwise.</summary>
internal static class RequestTime
{
    private static readonly string[] Formats =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];

    /// <param name="shown">What the caller calls it.</param>
    /// <exception cref="DocumentRejectedException">It is no time.</exception>
    public static DateTimeOffset Parse(string shown, string text) => DateTimeOffset.TryParseExact(
        text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
        ? time
        : throw new DocumentRejectedException(shown, $"'{text}' is not a time", "Write it as 2026-01-31T12:00:00Z.");
}
