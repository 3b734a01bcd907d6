using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>Divides the last dimension by its root mean square and scales it (Zhang and Sennrich 2019).</summary>
public sealed class RMSNorm : nn.Module<Tensor, Tensor>
{
    internal RMSNorm(long dim, double eps, Device? device, ScalarType? dtype)
    {
        this.eps = eps;
        weight = register_parameter("weight", new Parameter(ones([dim], dtype, device)));
    }

    public double eps { get; }

    /// <summary>[dim].</summary>
    public Parameter weight { get; }

    public override Tensor forward(Tensor input) => nn.functional.rms_norm(input, weight, eps);
}
