using System.Diagnostics.Metrics;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Gateway;

/// <summary>What a gateway counts.</summary>
internal sealed class GatewayMeter : IDisposable
{
    private readonly Meter meter = new("UnifiedVlm.Server");
    private readonly Counter<long> retried;
    private readonly Counter<long> refused;

    /// <param name="bodies">Bytes of bodies that are kept to be sent again.</param>
    public GatewayMeter(Budget bodies)
    {
        retried = meter.CreateCounter<long>("uvlm.gateway.retries", "{request}", "Requests that one node did not serve and another was sent.");
        refused = meter.CreateCounter<long>("uvlm.gateway.refusals", "{request}", "Requests refused because no node had room.");
        meter.CreateObservableGauge("uvlm.gateway.kept", () => bodies.InUse, "By", "Bytes of requests under way that are kept to be sent again.");
    }

    public void Retried() => retried.Add(1);

    public void Refused() => refused.Add(1);

    public void Dispose() => meter.Dispose();
}
