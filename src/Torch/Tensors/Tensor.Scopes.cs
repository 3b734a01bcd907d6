namespace UnifiedVlm.Torch;

public partial class Tensor
{
    /// <summary>Lets the tensor outlive the scope it belongs to: the scope around that one takes it, or nobody where there is none.</summary>
    public Tensor MoveToOuterDisposeScope()
    {
        Scope?.MoveToOuter(this);
        return this;
    }

    /// <summary>Takes the tensor out of all scopes: the caller disposes it.</summary>
    public Tensor DetachFromDisposeScope()
    {
        Scope?.Detach(this);
        return this;
    }
}
