namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>Tests of what the whole process shares, such as the count of live tensors or the seed: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchMemoryCollection
{
    public const string Name = "torch, process-wide";
}
