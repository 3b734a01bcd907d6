using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>Nothing goes wrong but what the records bring: for streams that are mostly poison.</summary>
internal sealed class NoFault : IFault
{
    public string Name => "none";

    public Task InjectAsync(Testbed bed, Random random) => bed.UntilStoredAsync(1 + random.Next(500));
}
