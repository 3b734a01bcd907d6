using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>A function without parameters as a module, for <see cref="Sequential"/>.</summary>
public sealed class Activation : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> function;

    internal Activation(string name, Func<Tensor, Tensor> function)
        : base(name) => this.function = function;

    public override Tensor forward(Tensor input) => function(input);
}
