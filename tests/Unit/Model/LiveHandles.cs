using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model;

/// <summary>Tests that count tensors run alone: the count is the whole process's.</summary>
[CollectionDefinition(Collection, DisableParallelization = true)]
public sealed class LiveHandles
{
    public const string Collection = "live handles";

    /// <summary>Tensors alive once the finalisers of forgotten ones have run.</summary>
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.memory.live_handles;
    }
}
