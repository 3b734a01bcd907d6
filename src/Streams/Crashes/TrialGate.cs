namespace UnifiedVlm.Streams.Crashes;

/// <summary>
/// Records go in and out side by side; one that stands trial goes in when nobody is inside, and keeps everybody out until it leaves. First come, first served, so a
/// trial is not put off for ever. Thread-safe.
/// </summary>
internal sealed class TrialGate
{
    private readonly Lock gate = new();
    private readonly LinkedList<Visitor> waiting = [];
    private int inside;
    private bool onTrial;

    /// <summary>Goes in if nobody has to be waited for.</summary>
    public bool TryEnter(bool alone)
    {
        lock (gate)
        {
            if (waiting.Count > 0 || !MayEnter(alone))
                return false;
            Admit(alone);
            return true;
        }
    }

    /// <summary>Waits for its turn. A cancelled caller is not inside.</summary>
    public async Task EnterAsync(bool alone, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var visitor = new Visitor(alone);
        LinkedListNode<Visitor> node;
        lock (gate)
        {
            node = waiting.AddLast(visitor);
            AdmitWaiting();
        }

        await using var registration = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                lock (gate)
                {
                    if (!visitor.Admitted.TrySetCanceled(token))
                        return;
                    waiting.Remove(node);
                    // It may have been all that the others waited for.
                    AdmitWaiting();
                }
            },
            null).ConfigureAwait(false);
        await visitor.Admitted.Task.ConfigureAwait(false);
    }

    public void Leave()
    {
        lock (gate)
        {
            inside--;
            onTrial = false; // who leaves during a trial is the one that stood it
            AdmitWaiting();
        }
    }

    private bool MayEnter(bool alone) => !onTrial && (!alone || inside == 0);

    private void Admit(bool alone)
    {
        inside++;
        onTrial = alone;
    }

    private void AdmitWaiting()
    {
        while (waiting.First is { } first && MayEnter(first.Value.Alone))
        {
            waiting.RemoveFirst();
            if (first.Value.Admitted.TrySetResult())
                Admit(first.Value.Alone);
        }
    }

    private sealed record Visitor(bool Alone)
    {
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
