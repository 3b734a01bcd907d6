namespace UnifiedVlm.Actors.Device;

/// <summary>One priority of a device: what it holds now and what it has done.</summary>
public sealed record DeviceLaneStatus
{
    /// <summary>Tokens waiting or running.</summary>
    public required long QueuedTokens { get; init; }

    public required long BudgetTokens { get; init; }

    /// <summary>Tokens of documents that have been refused and are the next to be let in.</summary>
    public long ReservedTokens { get; init; }

    /// <summary>Callers held back because the budget is used up. Always 0 for queries, which are refused.</summary>
    public required int WaitingCallers { get; init; }

    public required long Documents { get; init; }

    public required long FailedDocuments { get; init; }

    /// <summary>Dropped because their callers had gone.</summary>
    public required long AbandonedDocuments { get; init; }

    public required long Batches { get; init; }

    public required long UsefulTokens { get; init; }

    /// <summary>Useful tokens and what padding cost.</summary>
    public required long PaddedTokens { get; init; }

    /// <summary>Device time spent on encoding.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>0 to 1: useful tokens among all that were computed.</summary>
    public double Fill => PaddedTokens == 0 ? 1 : (double)UsefulTokens / PaddedTokens;

    /// <summary>Useful tokens a second of device time.</summary>
    public double TokensPerSecond => Time <= TimeSpan.Zero ? 0 : UsefulTokens / Time.TotalSeconds;
}
