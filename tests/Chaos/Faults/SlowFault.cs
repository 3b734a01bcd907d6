using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>A store in which every step of a write takes long.</summary>
internal sealed class SlowFault : IFault
{
    public string Name => "slow";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        await bed.Weather.SlowAsync(TimeSpan.FromMilliseconds(20 + random.Next(1000)));
        await bed.UntilStoredAsync(1 + random.Next(100));
        await bed.Weather.CalmAsync();
        await bed.CatchUpAsync();
    }
}
