using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>A store that says the disk is full, in some steps of a write or in all, for a while. It is told to say so: no disk is filled.</summary>
internal sealed class DiskFault : IFault
{
    public string Name => "disk";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        await bed.Weather.FullDiskAsync(random.Next(3) == 0 ? 1 : 0.2 + 0.6 * random.NextDouble());
        await Task.Delay(300 + random.Next(1500));
        await bed.Weather.CalmAsync();
        await bed.CatchUpAsync();
    }
}
