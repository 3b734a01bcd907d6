namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>The wall's clock steps back whenever it is looked at; time passes as it always does.</summary>
internal sealed class RetreatingTime : TimeProvider
{
    private long looks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - TimeSpan.FromMinutes(Interlocked.Increment(ref looks));
}
