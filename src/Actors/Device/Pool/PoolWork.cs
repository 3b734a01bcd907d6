using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>A document in a pool: waiting for a device, or with one, or with two where the first is late. Guarded by the pool's gate.</summary>
internal sealed class PoolWork(PreparedDocument document, EncodePriority priority)
{
    private readonly TaskCompletionSource<SequenceEmbedding> result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LinkedListNode<PoolWork>? place;

    /// <summary>In its line, or in none: it is there once at most.</summary>
    public LinkedListNode<PoolWork> Place => place ??= new LinkedListNode<PoolWork>(this);

    public PreparedDocument Document => document;

    public EncodePriority Priority => priority;

    public int Tokens => document.TokenCount;

    public List<PoolAttempt> Attempts { get; } = [];

    /// <summary>The device that it came back from: another one is tried first.</summary>
    public PoolMember? Shunned { get; set; }

    public int Moves { get; set; }

    /// <summary>How often a device was lost while it ran this document in a batch of its own.</summary>
    public int LossesAlone { get; set; }

    /// <summary>Refuses a query that finds no room.</summary>
    public ITimer? Patience { get; set; }

    /// <summary>Since when, as a time stamp, a query has been without a device that has room for it; null before that.</summary>
    public long? WaitingSince { get; set; }

    public Task<SequenceEmbedding> Result => result.Task;

    public bool IsEnded => result.Task.IsCompleted;

    public void Complete(SequenceEmbedding embedding) => result.TrySetResult(embedding);

    public void Fail(Exception failure) => result.TrySetException(failure);

    public void Cancel(CancellationToken cancellationToken) => result.TrySetCanceled(cancellationToken);
}
