namespace UnifiedVlm.Chaos.Outage;

/// <param name="Resident">Bytes, as the kernel counts them.</param>
/// <param name="Gauges">Empty where the node did not say.</param>
/// <param name="Paused">Partitions that it does not read because it is full.</param>
internal sealed record NodeSample(long Resident, IReadOnlyList<Gauge> Gauges, int Paused)
{
    public long Used(string gauge) => Gauges.FirstOrDefault(g => g.Name == gauge)?.Used ?? 0;
}
