using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>
/// A pass through the decoder, one layer at a time, on any thread, one at a time. Its tensors belong to it and to no dispose scope.
/// </summary>
public sealed class LayeredPass : IDisposable
{
    private readonly IReadOnlyList<DecoderBlock> blocks;
    private readonly RMSNorm norm;
    private readonly (Tensor Cos, Tensor Sin) angles;
    private readonly SequenceLayout layout;
    private Tensor states;
    private int layer;

    internal LayeredPass(IReadOnlyList<DecoderBlock> blocks, RMSNorm norm, Tensor embeddings, (Tensor Cos, Tensor Sin) angles, SequenceLayout layout)
    {
        (this.blocks, this.norm, this.layout) = (blocks, norm, layout);
        this.angles = (angles.Cos.DetachFromDisposeScope(), angles.Sin.DetachFromDisposeScope());
        states = embeddings.DetachFromDisposeScope();
    }

    /// <summary>Computes the next layer.</summary>
    /// <returns>Whether there are more.</returns>
    public bool Next()
    {
        using var scope = NewDisposeScope();
        var next = blocks[layer].forward(states, angles.Cos, angles.Sin, layout, null, layer).DetachFromDisposeScope();
        states.Dispose();
        states = next;
        return ++layer < blocks.Count;
    }

    /// <summary>After the last layer: states after the final norm [N,d], the caller's.</summary>
    public Tensor Finish() => norm.forward(states);

    public void Dispose()
    {
        states.Dispose();
        angles.Cos.Dispose();
        angles.Sin.Dispose();
    }
}
