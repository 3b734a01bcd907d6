namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>Every knob of matching.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>Documents that are read and finished at once.</summary>
    public int BatchRows { get; init; } = 64;

    /// <summary>Bytes of vectors, as they are stored, that are read at once; one document is read however many it has. In memory they are about three times as many.</summary>
    public long BatchBytes { get; init; } = 16 << 20;

    /// <summary>Vectors of subscriptions that a shard keeps in memory.</summary>
    public long MaxBytes { get; init; } = 128 << 20;

    /// <summary>How long an empty shard waits before it looks again.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(200);
}
