using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>Turns the key of a request into its caller.</summary>
internal sealed class KeyGate(ApiKeyStore store, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly KeyRing ring = new(store.FindAsync, time);
    private readonly KeyBudgets budgets = new(time);
    private readonly KeyUsage usage = new(store, time, loggers.CreateLogger<KeyUsage>());

    /// <exception cref="KeyRefusedException">There is no key, or no good one.</exception>
    /// <exception cref="RateLimitedException">The key has used what it may use.</exception>
    public async Task<Caller> EnterAsync(HttpContext context)
    {
        var key = await ring.ProveAsync(PresentedKey.Read(context.Request), context.RequestAborted);
        usage.Note(key.Id);
        var budget = budgets.For(key);
        budget?.Enter(context.Response.Headers);
        return new Caller(key, budget);
    }

    public async ValueTask DisposeAsync()
    {
        await usage.DisposeAsync();
        ring.Dispose();
    }
}
