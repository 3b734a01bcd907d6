using System.Diagnostics;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>A record between its admission and the end of its write. Its credits go back exactly once, by its lane.</summary>
internal sealed class InFlightRecord(PartitionLane lane, SourceRecord? source, long offset, long endOffset, long cost)
{
    private int released;
    private int mark = -1;

    public PartitionLane Lane { get; } = lane;

    /// <summary>Null for a range that the log has lost, or in which it has no records.</summary>
    public SourceRecord? Source { get; } = source;

    /// <summary>A range in which the log has no records: it has no outcome, and moves the position alone.</summary>
    public bool IsGap { get; init; }

    public long Offset { get; } = offset;

    /// <summary>Where the log goes on after it.</summary>
    public long EndOffset { get; } = endOffset;

    public long Cost { get; } = cost;

    /// <summary>What it holds for pictures that came from elsewhere, until it is released.</summary>
    public PixelCredit? Pictures { get; set; }

    /// <summary>Bytes in memory, as far as they count.</summary>
    public long HeldBytes => Cost + (Pictures?.Amount ?? 0);

    public DecodedRecord? Decoded { get; set; }

    public RecordOutcome? Outcome { get; set; }

    /// <summary>Null where nobody traces it.</summary>
    public RecordTrace? Trace { get; init; }

    /// <summary>When it came from its source.</summary>
    public long ReadAt { get; init; }

    /// <summary>When it was finished, for the time spent waiting for its predecessors.</summary>
    public long FinishedAt { get; set; }

    /// <summary>Taken of the budget for vectors.</summary>
    public long VectorBytes { get; set; }

    /// <summary>It counts among the documents in flight.</summary>
    public bool IsEntered { get; set; }

    /// <summary>Its document has no other record in flight: the store can be asked about it.</summary>
    public bool MayCompare { get; set; }

    /// <summary>
    /// Set while the writer has the record encoded after all: it holds the record's place, so the outcome goes to it and not into the order again.
    /// </summary>
    public TaskCompletionSource<RecordOutcome>? Redoing { get; set; }

    /// <summary>It passed the trial gate, and has to leave by it.</summary>
    public bool IsInside { get; set; }

    /// <summary>It is alone in work: it was in work before when a process died.</summary>
    public bool IsOnTrial { get; init; }

    /// <summary>Set where it has died often enough: it is not tried again.</summary>
    public KilledProcessException? Killed { get; init; }

    /// <summary>Its span of a stage, to be disposed of by whoever works on it. None when the writer has it encoded after all: its write is under way already.</summary>
    public Activity? EnterStage(PipelineStage stage) => Redoing is null ? Trace?.Enter(stage) : null;

    /// <summary>Something is being done with it that a process could die of.</summary>
    public void BeginWork(WorkDiary? diary)
    {
        if (diary is not null && Source is { } source)
            diary.End(Interlocked.Exchange(ref mark, diary.Begin(source.Partition, source.Identity, IsOnTrial)));
    }

    /// <summary>Has no effect where nothing was begun.</summary>
    public void EndWork(WorkDiary? diary) => diary?.End(Interlocked.Exchange(ref mark, -1));

    /// <returns>True for the first caller.</returns>
    public bool TryRelease() => Interlocked.Exchange(ref released, 1) == 0;
}
