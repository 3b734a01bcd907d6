using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>SIGSTOP of a node for longer than its session, so that others take its partitions, then SIGCONT.</summary>
internal sealed class StopFault : IFault
{
    private static readonly StopPoint[] Points = Enum.GetValues<StopPoint>();

    public string Name => "stop";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        await bed.UntilStoredAsync(1 + random.Next(50));
        var zombie = await Zombie.StopAsync(bed, bed.Fleet.Pick(random), Points[random.Next(Points.Length)]);
        await zombie.UntilReplacedAsync();
        if (random.Next(2) == 0)
            await bed.UntilStoredAsync(1 + random.Next(100));
        await zombie.WakeAsync();
        if (zombie.HoldsPartitions)
        {
            await zombie.UntilSettledAsync();
            bed.Zombies.Woken++;
            bed.Zombies.Refused += zombie.WasFenced ? 1 : 0;
        }

        await bed.CatchUpAsync();
    }
}
