using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http;

/// <summary>The header that makes a repeated push count once.</summary>
internal static class IdempotencyKey
{
    public const string Field = "headers." + Name;

    private const string Name = "Idempotency-Key";
    private const int MaxLength = 255;

    /// <returns>Null: none was sent, and every push counts.</returns>
    /// <exception cref="DocumentRejectedException">The header is there and no key.</exception>
    public static string? Read(HttpRequest request)
    {
        var sent = request.Headers[Name];
        return sent switch
        {
            [] => null,
            [{ Length: > 0 and <= MaxLength } key] when key.All(static c => c is > ' ' and <= '~') => key,
            _ => throw new DocumentRejectedException(Field, $"is not one key of 1 to {MaxLength} visible ASCII characters", "Send a UUID, a new one for every document."),
        };
    }
}
