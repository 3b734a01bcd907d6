using System.Diagnostics.Metrics;

namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>The meter <c>UnifiedVlm.Device.Pool</c>: the devices that this node gives work to, read from the pool's status when someone looks.</summary>
public sealed class PoolMeter : IDisposable
{
    public const string Name = "UnifiedVlm.Device.Pool";

    private readonly Meter meter = new(Name);
    private readonly DevicePool pool;

    public PoolMeter(DevicePool pool)
    {
        this.pool = pool;
        meter.CreateObservableGauge("uvlm.pool.waiting", () => pool.Waiting, "{document}", "Documents that wait for a device.");
        meter.CreateObservableGauge("uvlm.pool.outstanding", () => Lanes(static d => d.QueryTokens, static d => d.IngestTokens), "{token}", "Tokens given to the device and not answered.");
        meter.CreateObservableGauge("uvlm.pool.room", () => Lanes(static d => d.QueryRoom, static d => d.IngestRoom), "{token}", "Tokens that the device would take: of another node, its credit.");
        meter.CreateObservableGauge("uvlm.pool.aside", () => Each(static d => d.IsAside ? 1 : 0), "{device}", "1 while the device is set aside.");
        meter.CreateObservableCounter("uvlm.pool.aside.times", () => Each(static d => d.SetAside), "{time}", "How often the device was set aside.");
        meter.CreateObservableCounter("uvlm.pool.moved", () => Each(static d => d.Moved), "{work}", "Pieces of work that went from this device to another.");
        meter.CreateObservableCounter("uvlm.pool.answered", () => Each(static d => d.Answered), "{document}", "Documents that the device answered.");
    }

    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);

    private IEnumerable<Measurement<long>> Each(Func<PooledDeviceStatus, long> value)
        => pool.Status.Select(device => new Measurement<long>(value(device), Tag("device", device.Name)));

    private IEnumerable<Measurement<long>> Lanes(Func<PooledDeviceStatus, long> query, Func<PooledDeviceStatus, long> ingest)
        => pool.Status.SelectMany(device => new[]
        {
            new Measurement<long>(query(device), Tag("device", device.Name), Tag("priority", "query")),
            new Measurement<long>(ingest(device), Tag("device", device.Name), Tag("priority", "ingest")),
        });
}
