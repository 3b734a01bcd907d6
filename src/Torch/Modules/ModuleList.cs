using System.Collections;
using System.Globalization;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>Modules in order, named 0, 1, 2, ..</summary>
public sealed class ModuleList<TModule> : nn.Module, IReadOnlyList<TModule>
    where TModule : nn.Module
{
    private readonly List<TModule> items = [];

    public ModuleList(params IEnumerable<TModule> modules)
    {
        foreach (var module in modules)
            append(module);
    }

    public int Count => items.Count;

    public TModule this[int index] => items[index];

    public ModuleList<TModule> append(TModule module)
    {
        items.Add(register_module(items.Count.ToString(CultureInfo.InvariantCulture), module));
        return this;
    }

    public IEnumerator<TModule> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();
}
