using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>kill -9 of a node at a random moment, its start included; another process takes its place at once.</summary>
internal sealed class KillFault : IFault
{
    public string Name => "kill";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        // Without it one kill after the other would only meet nodes that start.
        await bed.UntilStoredAsync(1 + random.Next(150));
        await Task.Delay(random.Next(100));
        await bed.Fleet.KillAsync(bed.Fleet.Pick(random));
    }
}
