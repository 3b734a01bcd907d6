namespace UnifiedVlm.Server.Http;

/// <summary>An idempotency key was used before for another body. Nothing was taken.</summary>
internal sealed class IdempotencyConflictException()
    : Exception($"{IdempotencyKey.Field}: was used before for other content. Use a new key for everything new.");
