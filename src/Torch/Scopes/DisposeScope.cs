namespace UnifiedVlm.Torch;

/// <summary>
/// Disposes every tensor made on its thread while it was the innermost scope, unless it was moved out or detached. Scopes nest, belong
/// to the thread that made them and must be disposed on it, innermost first: so no <c>await</c> within one.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? current;

    private readonly DisposeScope? outer;
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private readonly List<Tensor> tensors = [];
    private bool disposed;

    internal DisposeScope()
    {
        outer = current;
        current = this;
    }

    /// <summary>The innermost scope of the calling thread.</summary>
    internal static DisposeScope? Current => current;

    /// <summary>Tensors that this scope would dispose now.</summary>
    public int DisposablesCount => tensors.Count(t => t.Scope == this);

    /// <summary>Tensors it remembers, those included that were disposed early.</summary>
    internal int Held => tensors.Count;

    /// <summary>Makes this scope the owner of a tensor, wherever it was made.</summary>
    public Tensor Attach(Tensor tensor)
    {
        if (!disposed && tensor.Scope != this)
            Include(tensor);
        return tensor;
    }

    public Tensor MoveToOuter(Tensor tensor)
    {
        tensor.Scope = null;
        outer?.Include(tensor);
        return tensor;
    }

    public Tensor Detach(Tensor tensor)
    {
        tensor.Scope = null;
        return tensor;
    }

    /// <exception cref="InvalidOperationException">Disposed on another thread, or before a scope inside it.</exception>
    public void Dispose()
    {
        if (disposed)
            return;
        if (threadId != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("A dispose scope must be disposed on the thread that made it.");
        if (current != this)
            throw new InvalidOperationException("A dispose scope must be disposed after the scopes inside it.");
        disposed = true;
        current = outer;
        foreach (var tensor in tensors)
        {
            if (tensor.Scope == this)
                tensor.Dispose();
        }
        tensors.Clear();
    }

    internal void Include(Tensor tensor)
    {
        // Tensors disposed early stay in the list until it would grow: a long-lived scope does not gather them for ever.
        if (tensors.Count == tensors.Capacity && tensors.Count > 0)
        {
            tensors.RemoveAll(t => t.Scope != this);
            tensors.EnsureCapacity(2 * tensors.Count);
        }
        tensors.Add(tensor);
        tensor.Scope = this;
    }
}
