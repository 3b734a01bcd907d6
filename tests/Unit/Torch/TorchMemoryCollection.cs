namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>Tests of what the whole process shares, such as the count of live tensors or the seed: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchMemoryCollection
{
    public const string Name = "torch, process-wide";

    /// <summary>Lets the finalisers of what earlier tests forgot run now, so that they don't change the count during a test.</summary>
    public static void Settle()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
