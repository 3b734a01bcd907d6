using System.Collections.Frozen;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// The failure policy of an actor, as data: a decider table, a limit of restarts within a window, and an exponential back-off.
/// As in Akka Typed it is stated with the actor it is about, and it concerns that actor alone (one for one).
/// </summary>
public sealed record SupervisorStrategy
{
    private readonly FrozenDictionary<Type, Directive> decider = FrozenDictionary<Type, Directive>.Empty;

    /// <summary>Restart on everything, at most 10 times a minute.</summary>
    public static SupervisorStrategy Default { get; } = new();

    /// <summary>The table: exception type to directive. The nearest base type of the exception decides; the order of the rows is of no account.</summary>
    public IReadOnlyDictionary<Type, Directive> Decider
    {
        get => decider;
        init => decider = value.ToFrozenDictionary();
    }

    /// <summary>For exceptions without a row.</summary>
    public Directive Otherwise { get; init; } = Directive.Restart;

    /// <summary>One restart more than this within <see cref="Window"/> and the actor is stopped.</summary>
    public int MaxRestarts { get; init; } = 10;

    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The pause before the first restart of a window; it doubles with each further one.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Up to this share is added to a pause at random, so that siblings don't come back in step. 0 to 1.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>This strategy with one more row in its table.</summary>
    public SupervisorStrategy On<TException>(Directive directive)
        where TException : Exception
        => this with { Decider = new Dictionary<Type, Directive>(decider) { [typeof(TException)] = directive } };

    public Directive Decide(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        for (var type = failure.GetType(); type is not null; type = type.BaseType)
        {
            if (decider.TryGetValue(type, out var directive))
                return directive;
        }

        return Otherwise;
    }

    /// <summary>The pause before restart number <paramref name="restart"/> (from 1) of a window.</summary>
    /// <param name="random">0 to 1; scales the jitter.</param>
    public TimeSpan Backoff(int restart, double random)
    {
        var doubled = MinBackoff.TotalMilliseconds * Math.Pow(2, restart - 1);
        return TimeSpan.FromMilliseconds(Math.Min(doubled, MaxBackoff.TotalMilliseconds) * (1 + (Jitter * random)));
    }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRestarts);
        ArgumentOutOfRangeException.ThrowIfLessThan(Window, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBackoff, MinBackoff);
        ArgumentOutOfRangeException.ThrowIfNegative(Jitter);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Jitter, 1);
    }
}
