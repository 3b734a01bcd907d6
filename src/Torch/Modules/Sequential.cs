using System.Globalization;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>Modules applied one after the other, named 0, 1, 2, .. unless named.</summary>
public sealed class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly List<nn.Module<Tensor, Tensor>> items = [];

    internal Sequential(IEnumerable<(string Name, nn.Module<Tensor, Tensor> Module)> modules)
    {
        foreach (var (name, module) in modules)
            items.Add(register_module(name, module));
    }

    internal Sequential(IEnumerable<nn.Module<Tensor, Tensor>> modules)
        : this(modules.Select(static (module, i) => (i.ToString(CultureInfo.InvariantCulture), module)))
    {
    }

    public override Tensor forward(Tensor input)
    {
        var x = input;
        foreach (var module in items)
            x = module.forward(x);
        return ReferenceEquals(x, input) ? input.alias() : x;
    }
}
