using System.Diagnostics.Metrics;

namespace UnifiedVlm.Actors.Device;

/// <summary>The meter <c>UnifiedVlm.Device</c>: one device's figures, read from its status when someone looks.</summary>
internal sealed class DeviceMeter : IDisposable
{
    public const string Name = "UnifiedVlm.Device";

    private readonly Meter meter = new(Name);
    private readonly Func<DeviceStatus> status;

    public DeviceMeter(Func<DeviceStatus> status)
    {
        this.status = status;
        meter.CreateObservableGauge("uvlm.device.queue.tokens", () => Lanes(static l => l.QueuedTokens), "{token}", "Tokens waiting or running.");
        meter.CreateObservableGauge("uvlm.device.queue.budget", () => Lanes(static l => l.BudgetTokens), "{token}", "Tokens that may wait or run.");
        meter.CreateObservableGauge("uvlm.device.queue.callers", () => Lanes(static l => l.WaitingCallers), "{caller}", "Callers held back.");
        meter.CreateObservableCounter("uvlm.device.documents", () => Lanes(static l => l.Documents), "{document}", "Documents encoded.");
        meter.CreateObservableCounter("uvlm.device.documents.failed", () => Lanes(static l => l.FailedDocuments), "{document}", "Documents failed alone.");
        meter.CreateObservableCounter("uvlm.device.documents.abandoned", () => Lanes(static l => l.AbandonedDocuments), "{document}", "Documents whose callers had gone.");
        meter.CreateObservableCounter("uvlm.device.batches", () => Lanes(static l => l.Batches), "{batch}", "Batches encoded.");
        meter.CreateObservableCounter("uvlm.device.tokens.useful", () => Lanes(static l => l.UsefulTokens), "{token}", "Tokens encoded.");
        meter.CreateObservableCounter("uvlm.device.tokens.padded", () => Lanes(static l => l.PaddedTokens), "{token}", "Tokens encoded, padding included.");
        meter.CreateObservableCounter("uvlm.device.busy", Busy, "s", "Device time by kind of work; the rest is idle.");
        meter.CreateObservableGauge("uvlm.device.idle", () => One(static s => s.IdleShare), "1", "Share of the uptime in which the device did nothing.");
        meter.CreateObservableGauge("uvlm.device.generations", () => One(static s => s.Generations), "{generation}", "Generations under way.");
        meter.CreateObservableCounter("uvlm.device.tokens.generated", () => One(static s => s.GeneratedTokens), "{token}", "Tokens generated.");
    }

    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);

    private Measurement<T> One<T>(Func<DeviceStatus, T> value)
        where T : struct
    {
        var now = status();
        return new Measurement<T>(value(now), Tag("device", now.Name));
    }

    private IEnumerable<Measurement<long>> Lanes(Func<DeviceLaneStatus, long> value)
    {
        var now = status();
        yield return new Measurement<long>(value(now.Query), Tag("device", now.Name), Tag("priority", "query"));
        yield return new Measurement<long>(value(now.Ingest), Tag("device", now.Name), Tag("priority", "ingest"));
    }

    private IEnumerable<Measurement<double>> Busy()
    {
        var now = status();
        yield return new Measurement<double>(now.Query.Time.TotalSeconds, Tag("device", now.Name), Tag("work", "query"));
        yield return new Measurement<double>(now.Ingest.Time.TotalSeconds, Tag("device", now.Name), Tag("work", "ingest"));
        yield return new Measurement<double>(now.GenerationTime.TotalSeconds, Tag("device", now.Name), Tag("work", "generate"));
    }
}
