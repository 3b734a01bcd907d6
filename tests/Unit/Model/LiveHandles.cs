using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model;

/// <summary>Tests that count tensors run alone: the count is the whole process's.</summary>
[CollectionDefinition(Collection, DisableParallelization = true)]
public sealed class LiveHandles
{
    public const string Collection = "live handles";

    /// <summary>
    /// Tensors alive once the finalisers of forgotten ones have run: where a test starts. It ends with the plain count, so that nothing is
    /// left to a finaliser.
    /// </summary>
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.memory.live_handles;
    }
}
