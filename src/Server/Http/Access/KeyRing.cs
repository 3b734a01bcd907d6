using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>
/// The keys that were used of late. Only keys that exist are remembered, so that made-up ones can't push them out; and few look-ups go on at a time, so
/// that made-up ones can't take the database's connections.
/// </summary>
/// <param name="find">Looks a key up in the store.</param>
internal sealed class KeyRing(Func<string, CancellationToken, Task<StoredApiKey?>> find, TimeProvider time) : IDisposable
{
    /// <summary>For so long a revoked or expired key may still be taken for good.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(3);

    private const int Capacity = 1024;
    private const int LookUps = 4;

    private readonly Lock gate = new();
    private readonly Dictionary<string, (StoredApiKey Key, long ReadAt)> known = [];
    private readonly SemaphoreSlim lookUps = new(LookUps);

    /// <summary>The key that the secret proves.</summary>
    /// <exception cref="KeyRefusedException">There is none.</exception>
    public async Task<ApiKey> ProveAsync(ApiKeySecret secret, CancellationToken cancellationToken)
    {
        var stored = Recall(secret.Id) ?? await LookUpAsync(secret.Id, cancellationToken);
        return stored?.IsProvedBy(secret) == true ? stored.Key : throw new KeyRefusedException(isMissing: false);
    }

    public void Dispose() => lookUps.Dispose();

    private async Task<StoredApiKey?> LookUpAsync(string id, CancellationToken cancellationToken)
    {
        await lookUps.WaitAsync(cancellationToken);
        try
        {
            // Whoever waited for the same key has it by now.
            if (Recall(id) is { } recalled)
                return recalled;
            var asked = time.GetTimestamp();
            var found = await find(id, cancellationToken);
            if (found is not null)
                Remember(found, asked);
            return found;
        }
        finally
        {
            lookUps.Release();
        }
    }

    private StoredApiKey? Recall(string id)
    {
        lock (gate)
            return known.TryGetValue(id, out var entry) && IsFresh(entry.ReadAt) ? entry.Key : null;
    }

    private void Remember(StoredApiKey key, long readAt)
    {
        lock (gate)
        {
            if (known.Count >= Capacity && !known.ContainsKey(key.Key.Id))
                Forget();
            known[key.Key.Id] = (key, readAt);
        }
    }

    /// <summary>What is stale; where nothing is, all of it: looking keys up again is cheap.</summary>
    private void Forget()
    {
        foreach (var id in known.Where(entry => !IsFresh(entry.Value.ReadAt)).Select(static entry => entry.Key).ToList())
            known.Remove(id);
        if (known.Count >= Capacity)
            known.Clear();
    }

    private bool IsFresh(long readAt) => time.GetElapsedTime(readAt) < FreshFor;
}
