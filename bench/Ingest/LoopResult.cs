namespace UnifiedVlm.Bench.Ingest;

/// <summary>One run of the bare loop.</summary>
internal sealed record LoopResult
{
    public int Documents { get; init; }

    public long Tokens { get; set; }

    public int Batches { get; set; }

    /// <summary>Of encoding.</summary>
    public double Flop { get; set; }

    public double Seconds { get; set; }

    public double ProcessorSeconds { get; set; }

    /// <summary>Processor time by thread name.</summary>
    public IReadOnlyDictionary<string, double> Threads { get; set; } = new Dictionary<string, double>();

    /// <summary>Wall time inside <c>Encode</c>.</summary>
    public double EncodeSeconds { get; set; }

    /// <summary>Summed over threads; wall time of each.</summary>
    public double PrepareProcessorSeconds { get; set; }
}
