using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>x [.., in] -> x weight' + bias [.., out].</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
    {
        // PyTorch's own start: uniform within 1 / sqrt(in).
        var bound = 1 / Math.Sqrt(inputSize);
        weight = register_parameter("weight", new Parameter(empty([outputSize, inputSize], dtype, device).uniform_(-bound, bound)));
        if (hasBias)
            bias = register_parameter("bias", new Parameter(empty([outputSize], dtype, device).uniform_(-bound, bound)));
        in_features = inputSize;
        out_features = outputSize;
    }

    public long in_features { get; }

    public long out_features { get; }

    /// <summary>[out, in].</summary>
    public Parameter weight { get; }

    /// <summary>[out].</summary>
    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
}
