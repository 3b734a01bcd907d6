using System.Diagnostics.Metrics;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// The meter <c>UnifiedVlm.Actors</c>. Everything is observed, so counting costs the actors nothing; a series ends with its actor.
/// </summary>
internal sealed class ActorMeter : IDisposable
{
    public const string Name = "UnifiedVlm.Actors";

    private readonly Meter meter = new(Name);
    private readonly ActorSystem system;

    public ActorMeter(ActorSystem system)
    {
        this.system = system;
        meter.CreateObservableGauge("uvlm.actor.mailbox.depth", () => Each(static c => c.MailboxDepth), "{message}", "Messages waiting.");
        meter.CreateObservableGauge("uvlm.actor.mailbox.capacity", () => Each(static c => c.MailboxCapacity), "{message}", "Messages the mailbox holds.");
        meter.CreateObservableGauge("uvlm.actor.asks", () => Each(static c => c.PendingAsks), "{ask}", "Asks without their answer.");
        meter.CreateObservableCounter("uvlm.actor.processed", () => Each(static c => c.Processed), "{message}", "Messages processed.");
        meter.CreateObservableCounter("uvlm.actor.failed", () => Each(static c => c.Failed), "{failure}", "Failures brought to supervision.");
        meter.CreateObservableCounter("uvlm.actor.restarts", () => Each(static c => c.Restarts), "{restart}", "Restarts after a failure.");
        meter.CreateObservableCounter(
            "uvlm.actor.dead_letters",
            () => new Measurement<long>(system.DeadLetters, new KeyValuePair<string, object?>("system", system.Name)),
            "{message}",
            "Messages that will never be processed.");
    }

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Each(Func<ActorCell, long> value)
        => system.Snapshot().Select(cell => new Measurement<long>(value(cell), new KeyValuePair<string, object?>("actor", cell.Path)));
}
