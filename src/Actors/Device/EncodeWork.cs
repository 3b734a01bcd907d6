using System.Diagnostics;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device;

/// <summary>
/// A document on its way through the device. The caller may dispose the document as soon as the task has ended, so the task of a cancelled
/// caller ends at once only while the device is not reading the document.
/// </summary>
internal sealed class EncodeWork(PreparedDocument document, EncodePriority priority, long arrival, CancellationToken caller) : DeviceCommand
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Ended = 2;

    private readonly TaskCompletionSource<SequenceEmbedding> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int state;

    public PreparedDocument Document { get; } = document;

    public EncodePriority Priority { get; } = priority;

    /// <summary>Timestamp of admission.</summary>
    public long Arrival { get; } = arrival;

    /// <summary>Tokens of the longest window: what decides about padding.</summary>
    public int Length { get; } = document.LongestWindow;

    /// <summary>Rows it takes in a padded batch.</summary>
    public int Rows { get; } = document.Windows.Count;

    public int Tokens { get; } = document.TokenCount;

    public long Bytes { get; } = document.PixelBytes;

    /// <summary>The span of whoever asks, for that of the batch.</summary>
    public ActivityContext CallerSpan { get; } = Activity.Current?.Context ?? default;

    /// <summary>How often the device was lost with this document alone on it.</summary>
    public int LossesAlone { get; set; }

    public Task<SequenceEmbedding> Task => result.Task;

    public bool IsAbandoned => Volatile.Read(ref state) == Ended;

    /// <summary>False when the caller has gone.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref state, Running, Waiting) == Waiting;

    /// <summary>Back to waiting after a run that gave no result; a caller that left meanwhile is let go. False then.</summary>
    public bool TryRequeue()
    {
        Volatile.Write(ref state, Waiting);
        Interlocked.MemoryBarrier();
        if (caller.IsCancellationRequested)
            Abandon();
        return !IsAbandoned;
    }

    public void Complete(SequenceEmbedding embedding)
    {
        Volatile.Write(ref state, Ended);
        result.TrySetResult(embedding);
    }

    public void Fail(Exception failure)
    {
        Volatile.Write(ref state, Ended);
        result.TrySetException(failure);
    }

    /// <summary>The caller has gone. Does nothing while the device reads the document.</summary>
    public void Abandon()
    {
        if (Interlocked.CompareExchange(ref state, Ended, Waiting) == Waiting)
            result.TrySetCanceled(caller);
    }
}
