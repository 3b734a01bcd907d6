namespace UnifiedVlm.Bench.Ingest;

/// <summary>One run of the product. Processor times are of the measured part alone.</summary>
internal sealed record ProductResult
{
    public int Documents { get; init; }

    /// <summary>Counted in the database.</summary>
    public long Stored { get; init; }

    /// <summary>Rows of the part index at the end, those of the warm-up included.</summary>
    public long StoredParts { get; init; }

    /// <summary>How they are searched at the end.</summary>
    public string VectorIndex { get; init; } = "";

    /// <summary>From the first record read to the last one committed.</summary>
    public double Seconds { get; init; }

    /// <summary>From the start of the node to its partitions: PostgreSQL's start, loading the model and the group's first join.</summary>
    public double JoinSeconds { get; init; }

    public long Tokens { get; init; }

    public long PaddedTokens { get; init; }

    public long Batches { get; init; }

    public double DeviceSeconds { get; init; }

    public double GarbagePauseSeconds { get; init; }

    public double NodeProcessorSeconds { get; init; }

    /// <summary>The node's processor time by thread name.</summary>
    public IReadOnlyDictionary<string, double> Threads { get; init; } = new Dictionary<string, double>();

    public double DatabaseProcessorSeconds { get; init; }

    public double BrokerProcessorSeconds { get; init; }

    /// <summary>Of the process that sends the documents: no part of the product, but it runs on the same cores.</summary>
    public double FeederProcessorSeconds { get; init; }

    public IReadOnlyDictionary<string, StageSeconds> Stages { get; init; } = new Dictionary<string, StageSeconds>();

    public double ProcessorSeconds => NodeProcessorSeconds + DatabaseProcessorSeconds + BrokerProcessorSeconds;
}
