using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>Zeroes elements with probability p while training; otherwise nothing.</summary>
public sealed class Dropout : nn.Module<Tensor, Tensor>
{
    internal Dropout(double p) => this.p = p;

    public double p { get; }

    public override Tensor forward(Tensor input) => nn.functional.dropout(input, p, training);
}
