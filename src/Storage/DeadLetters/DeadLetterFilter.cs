namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>Which dead letters are meant: those that meet every condition that is given.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>Whose. With it the store itself shows and touches nothing of others; without it, as the operator does, also records that name no tenant.</summary>
    public string? Tenant { get; init; }

    /// <summary>Words of the reason, whatever their case.</summary>
    public string? Reason { get; init; }

    /// <summary>The stage that refused the record.</summary>
    public string? Stage { get; init; }

    /// <summary>The topic that the record came from first.</summary>
    public string? Topic { get; init; }

    public string? DocumentId { get; init; }

    /// <summary>Refused at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Refused before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The lowest number.</summary>
    public long? First { get; init; }

    /// <summary>The highest number.</summary>
    public long? Last { get; init; }

    /// <summary>It leaves nothing out of a tenant's dead letters.</summary>
    public bool IsEmpty => this with { Tenant = null } == new DeadLetterFilter();
}
