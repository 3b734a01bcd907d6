using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>The key that came with a request.</summary>
internal static class PresentedKey
{
    private const string Scheme = "Bearer ";

    /// <exception cref="KeyRefusedException">None came, or what came is none.</exception>
    public static ApiKeySecret Read(HttpRequest request)
    {
        var headers = request.Headers;
        var sent = headers.Authorization is [{ } authorization]
            ? authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : ""
            : headers["X-Api-Key"] is [{ } key] ? key : headers["api-key"] is [{ } other] ? other : null;
        if (sent is null)
            throw new KeyRefusedException(isMissing: true);
        return ApiKeySecret.TryParse(sent, out var secret) ? secret : throw new KeyRefusedException(isMissing: false);
    }
}
