using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>What one document holds of a budget for pictures. Given back once.</summary>
internal sealed class PixelCredit(Budget budget, long amount) : IDisposable
{
    private long amount = amount;

    public long Amount => Interlocked.Read(ref amount);

    /// <summary>The pictures are there: the estimate gives way to what they really take.</summary>
    public void Settle(long actual)
    {
        var estimate = Interlocked.Exchange(ref amount, actual);
        if (actual > estimate)
            budget.Charge(actual - estimate);
        else
            budget.Release(estimate - actual);
    }

    public void Dispose() => budget.Release(Interlocked.Exchange(ref amount, 0));
}
