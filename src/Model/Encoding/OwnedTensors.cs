using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>Tensors that outlive the dispose scopes in which they are made.</summary>
internal sealed class OwnedTensors : IDisposable
{
    private readonly List<Tensor> tensors = [];

    public void Add(Tensor tensor) => tensors.Add(tensor.DetachFromDisposeScope());

    /// <summary>One after another along the first dimension; null where there are none.</summary>
    public Tensor? Joined() => tensors.Count switch
    {
        0 => null,
        1 => tensors[0],
        _ => cat(tensors),
    };

    public void Dispose() => tensors.ForEach(static tensor => tensor.Dispose());
}
