using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>A node is told to stop, leaves in its own order, and another process takes its place.</summary>
internal sealed class RestartFault : IFault
{
    public string Name => "restart";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        await bed.UntilStoredAsync(1 + random.Next(150));
        await bed.Fleet.RestartAsync(bed.Fleet.Pick(random));
    }
}
