namespace UnifiedVlm.Bench.Ingest;

/// <summary>What the node says of itself; the counters count from its start, <see cref="Seconds"/> from the first record after arming.</summary>
internal sealed record NodeSnapshot
{
    public long Settled { get; init; }

    public long DeadLettered { get; init; }

    /// <summary>From the first record read to the last commit.</summary>
    public double Seconds { get; init; }

    public double ProcessorSeconds { get; init; }

    /// <summary>Processor time by thread name.</summary>
    public IReadOnlyDictionary<string, double> Threads { get; init; } = new Dictionary<string, double>();

    public double GarbagePauseSeconds { get; init; }

    /// <summary>Time in which the device encoded.</summary>
    public double DeviceSeconds { get; init; }

    public long UsefulTokens { get; init; }

    public long PaddedTokens { get; init; }

    public long Batches { get; init; }

    /// <summary>Counted in the database, only at the end.</summary>
    public long StoredDocuments { get; init; }

    public long StoredParts { get; init; }

    public string VectorIndex { get; init; } = "";

    public IReadOnlyDictionary<string, StageSeconds> Stages { get; init; } = new Dictionary<string, StageSeconds>();

    /// <summary>Next offset by partition.</summary>
    public IReadOnlyDictionary<int, long> Positions { get; init; } = new Dictionary<int, long>();
}

/// <param name="Busy">Summed over all that was in the stage.</param>
/// <param name="Active">While anything was in it.</param>
internal sealed record StageSeconds(double Busy, double Active);
