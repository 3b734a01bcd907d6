namespace UnifiedVlm.Streams.Pipeline;

/// <summary>Waits that double, each between half and all of its length, so that many who failed together don't come back together.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, TimeProvider time)
{
    private TimeSpan next = first;

    public int Attempts { get; private set; }

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        Attempts++;
        var wait = next * (0.5 + (Random.Shared.NextDouble() / 2));
        next = next * 2 < longest ? next * 2 : longest;
        return Task.Delay(wait, time, cancellationToken);
    }
}
