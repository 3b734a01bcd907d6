namespace UnifiedVlm.Storage.Ingest;

/// <summary>One call of WriteAsync, over all its attempts.</summary>
internal sealed record RangeWrite(PartitionLease Lease, long FirstOffset, long NextOffset, RangeContent InitialContent)
{
    /// <summary>Changes once, when records turn out to be unstorable.</summary>
    public RangeContent Content { get; set; } = InitialContent;

    /// <summary>Set while a COMMIT is without an answer: what to report if it counted.</summary>
    public WriteSummary? Uncertain { get; set; }
}
