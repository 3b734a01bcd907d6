using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>Normalises the last dimensions to mean 0 and variance 1, then scales and shifts (Ba et al. 2016).</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly long[] normalizedShape;

    internal LayerNorm(long[] normalizedShape, double eps, bool affine, bool hasBias, Device? device, ScalarType? dtype)
    {
        this.normalizedShape = normalizedShape;
        this.eps = eps;
        if (affine)
            weight = register_parameter("weight", new Parameter(ones(normalizedShape, dtype, device)));
        if (affine && hasBias)
            bias = register_parameter("bias", new Parameter(zeros(normalizedShape, dtype, device)));
    }

    public double eps { get; }

    public Parameter? weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, normalizedShape, weight, bias, eps);
}
