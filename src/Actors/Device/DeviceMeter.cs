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
        Gauge("queue.tokens", "{token}", "Tokens waiting or running.", static l => l.QueuedTokens);
        Gauge("queue.budget", "{token}", "Tokens that may wait or run.", static l => l.BudgetTokens);
        Gauge("queue.callers", "{caller}", "Callers held back.", static l => l.WaitingCallers);
        Counter("documents", "{document}", "Documents encoded.", static l => l.Documents);
        Counter("documents.failed", "{document}", "Documents failed alone.", static l => l.FailedDocuments);
        Counter("documents.abandoned", "{document}", "Documents whose callers had gone.", static l => l.AbandonedDocuments);
        Counter("batches", "{batch}", "Batches encoded.", static l => l.Batches);
        Counter("tokens.useful", "{token}", "Tokens encoded.", static l => l.UsefulTokens);
        Counter("tokens.padded", "{token}", "Tokens encoded, and what their padding cost.", static l => l.PaddedTokens);
        meter.CreateObservableCounter("uvlm.device.busy", Busy, "s", "Device time by kind of work; the rest is idle.");
        meter.CreateObservableGauge("uvlm.device.idle", () => One(static s => s.IdleShare), "1", "Share of the uptime without work.");
        meter.CreateObservableGauge("uvlm.device.generations", () => One(static s => s.Generations), "{generation}", "Generations.");
        meter.CreateObservableCounter("uvlm.device.tokens.generated", () => One(static s => s.GeneratedTokens), "{token}", "Tokens made.");
        meter.CreateObservableGauge("uvlm.device.cache.used", () => One(static s => s.Cache.UsedBlocks), "{block}", "Blocks of the KV cache that generations have.");
        meter.CreateObservableGauge("uvlm.device.cache.blocks", () => One(static s => s.Cache.Blocks), "{block}", "Blocks of the KV cache.");
        meter.CreateObservableCounter("uvlm.device.cache.shared", () => One(static s => s.Cache.SharedTokens), "{token}", "Tokens of prompts found in the KV cache.");
    }

    public void Dispose() => meter.Dispose();

    private void Gauge(string name, string unit, string what, Func<DeviceLaneStatus, long> value)
        => meter.CreateObservableGauge($"uvlm.device.{name}", () => Lanes(value), unit, what);

    private void Counter(string name, string unit, string what, Func<DeviceLaneStatus, long> value)
        => meter.CreateObservableCounter($"uvlm.device.{name}", () => Lanes(value), unit, what);

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
