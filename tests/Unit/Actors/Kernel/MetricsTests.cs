using System.Diagnostics.Metrics;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Kernel;

public sealed class MetricsTests
{
    [Fact]
    public async Task Each_actor_shows_its_mailbox_its_work_and_its_failures()
    {
        await using var system = new ActorSystem("metrics-" + Guid.NewGuid().ToString("N"));
        var gate = new Gate();
        var actor = system.Spawn(
            LambdaActor.AsyncProps<int>(async (_, n, _) =>
            {
                if (n < 0)
                    throw new IOException();
                if (n == 3)
                    await gate.PassAsync();
            }) with
            { Mailbox = new() { Capacity = 10 }, Supervision = new() { MinBackoff = TimeSpan.Zero } },
            "a");
        foreach (var n in new[] { 1, -1, 2, 3, 4, 5 })
            actor.TryTell(n);
        await gate.Entered;

        var values = Observe(actor.Path);
        Assert.Equal(2, values["uvlm.actor.mailbox.depth"]);
        Assert.Equal(10, values["uvlm.actor.mailbox.capacity"]);
        Assert.Equal(2, values["uvlm.actor.processed"]);
        Assert.Equal(1, values["uvlm.actor.failed"]);
        Assert.Equal(1, values["uvlm.actor.restarts"]);
        gate.Open();
    }

    private static Dictionary<string, long> Observe(string path)
    {
        var values = new Dictionary<string, long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter.Name == "UnifiedVlm.Actors") l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "actor" && (string?)tag.Value == path)
                    values[instrument.Name] = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }
}
