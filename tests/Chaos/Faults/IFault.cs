using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>Something that goes wrong once, and is over when the call ends.</summary>
internal interface IFault
{
    /// <summary>As <c>--faults</c> names it.</summary>
    string Name { get; }

    /// <param name="random">Seeded by the cycle: decides everything that chance decides here.</param>
    Task InjectAsync(Testbed bed, Random random);
}
