using UnifiedVlm.Model.Adapters;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>What a thread is set to for a step of encoding: no gradients, an adapter, a dispose scope.</summary>
internal readonly struct StepScope(LoraAdapter? adapter) : IDisposable
{
    private readonly IDisposable noGradients = no_grad();
    private readonly IDisposable? chosen = adapter is null ? null : AdapterScope.Enter(adapter);
    private readonly IDisposable scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        chosen?.Dispose();
        noGradients.Dispose();
    }
}
