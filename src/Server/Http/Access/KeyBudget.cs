using System.Globalization;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>What one key may use a minute at this node.</summary>
internal sealed class KeyBudget
{
    private readonly TokenBucket? requests;
    private readonly TokenBucket? tokens;

    private KeyBudget(TokenBucket? requests, TokenBucket? tokens)
    {
        this.requests = requests;
        this.tokens = tokens;
    }

    /// <summary>Nothing would be lost with it: a new one would be as full.</summary>
    public bool IsFull => requests?.IsFull != false && tokens?.IsFull != false;

    /// <returns>Null: the key has no limits.</returns>
    public static KeyBudget? For(ApiKey key, TimeProvider time) => key.RequestsPerMinute is null && key.TokensPerMinute is null
        ? null
        : new KeyBudget(key.RequestsPerMinute is { } r ? new TokenBucket(r, time) : null, key.TokensPerMinute is { } t ? new TokenBucket(t, time) : null);

    /// <summary>Lets a request in, and tells its sender what is left in the headers that OpenAI's clients know.</summary>
    /// <exception cref="RateLimitedException">Nothing is left.</exception>
    public void Enter(IHeaderDictionary reply)
    {
        try
        {
            // How many it will take is not known: it may come in while any is left.
            if (tokens is { Left: 0 })
                throw new RateLimitedException("tokens", tokens.PerMinute, tokens.UntilOne);
            if (requests?.TryTake() == false)
                throw new RateLimitedException("requests", requests.PerMinute, requests.UntilOne);
        }
        finally
        {
            Tell(reply, "requests", requests);
            Tell(reply, "tokens", tokens);
        }
    }

    /// <inheritdoc cref="Caller.Charge"/>
    public void Charge(int count) => tokens?.Charge(count);

    private static void Tell(IHeaderDictionary reply, string what, TokenBucket? bucket)
    {
        if (bucket is null)
            return;
        reply[$"x-ratelimit-limit-{what}"] = Text(bucket.PerMinute);
        reply[$"x-ratelimit-remaining-{what}"] = Text(bucket.Left);
        reply[$"x-ratelimit-reset-{what}"] = Text((int)Math.Ceiling(bucket.UntilFull.TotalSeconds)) + "s";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
