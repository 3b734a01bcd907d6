using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Adapters;

/// <summary>
/// Chooses the adapter for what the calling thread computes until it is disposed there; elsewhere, and outside any scope, the attached one is
/// used. So generations with different adapters can take turns on one thread and run side by side on several.
/// </summary>
public sealed class AdapterScope : IDisposable
{
    [ThreadStatic]
    private static AdapterScope? current;

    private readonly AdapterScope? outer;
    private readonly LoraAdapter? adapter;
    private readonly bool isAttachedOne;
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private bool disposed;

    private AdapterScope(LoraAdapter? adapter, bool isAttachedOne)
    {
        this.adapter = adapter;
        this.isAttachedOne = isAttachedOne;
        outer = current;
        current = this;
    }

    /// <param name="adapter">Null is the base alone.</param>
    public static AdapterScope Enter(LoraAdapter? adapter) => new(adapter, isAttachedOne: false);

    /// <exception cref="InvalidOperationException">Disposed on another thread, or before a scope inside it.</exception>
    public void Dispose()
    {
        if (disposed)
            return;
        if (threadId != Environment.CurrentManagedThreadId || current != this)
            throw new InvalidOperationException("An adapter's scope must be left on the thread that entered it, after the scopes inside it.");
        disposed = true;
        current = outer;
    }

    /// <summary>The innermost scope of the calling thread, which is all that the choice depends on.</summary>
    internal static AdapterScope? Current => current;

    /// <summary>Chooses again what was in force under <paramref name="scope"/>, on whatever thread.</summary>
    internal static AdapterScope Again(AdapterScope? scope) => scope is null ? new(null, isAttachedOne: true) : new(scope.adapter, scope.isAttachedOne);

    /// <summary>What the adapter in force adds to a layer's output, added in place.</summary>
    /// <param name="input">[.., in].</param>
    /// <param name="output">[.., out], which nobody else holds yet.</param>
    internal static Tensor Adapt(IAdaptableLayer layer, Tensor input, Tensor output, bool training)
    {
        var delta = current is { isAttachedOne: false } chosen ? chosen.adapter?.DeltaOf(layer) : layer.Attached;
        return delta is null ? output : delta.AddTo(output, input, training);
    }
}
