namespace UnifiedVlm.Torch.Modules;

/// <summary>A tensor that a module learns. It belongs to its module and to no dispose scope.</summary>
public sealed class Parameter : Tensor
{
    /// <param name="data">Taken over: its storage becomes the parameter's, and the tensor itself is disposed.</param>
    public Parameter(Tensor data, bool requires_grad = true)
        : base(Take(data))
    {
        if (requires_grad)
            this.requires_grad = true;
    }

    private static nint Take(Tensor data)
    {
        using var plain = data.detach();
        data.Dispose();
        return plain.TakeHandle();
    }
}
