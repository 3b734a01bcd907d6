using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>A record between its admission and the end of its write. Its credits go back exactly once, by its lane.</summary>
internal sealed class InFlightRecord(PartitionLane lane, SourceRecord? source, long offset, long endOffset, long cost)
{
    private int released;

    public PartitionLane Lane { get; } = lane;

    /// <summary>Null for a range that the log has lost.</summary>
    public SourceRecord? Source { get; } = source;

    public long Offset { get; } = offset;

    /// <summary>Where the log goes on after it.</summary>
    public long EndOffset { get; } = endOffset;

    public long Cost { get; } = cost;

    public DecodedRecord? Decoded { get; set; }

    public RecordOutcome? Outcome { get; set; }

    /// <summary>When it was finished, for the time spent waiting for its predecessors.</summary>
    public long FinishedAt { get; set; }

    /// <summary>Taken of the budget for vectors.</summary>
    public long VectorBytes { get; set; }

    /// <summary>It counts among the documents in flight.</summary>
    public bool IsEntered { get; set; }

    /// <summary>
    /// Set while the writer has the record encoded after all: it holds the record's place, so the outcome goes to it and not into the order again.
    /// </summary>
    public TaskCompletionSource<RecordOutcome>? Redoing { get; set; }

    /// <returns>True for the first caller.</returns>
    public bool TryRelease() => Interlocked.Exchange(ref released, 1) == 0;
}
