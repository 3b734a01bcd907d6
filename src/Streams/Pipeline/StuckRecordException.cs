namespace UnifiedVlm.Streams.Pipeline;

/// <summary>A record came to no end in the time it had.</summary>
public sealed class StuckRecordException(string where, TimeSpan timeout)
    : Exception($"No result from {where} within {timeout.TotalSeconds:0.###} s although it was this record's turn. Replay the record once the cause is found");
