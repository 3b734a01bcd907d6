namespace UnifiedVlm.Torch;

/// <summary>What becomes of the losses of single elements. The numbers are libtorch's own.</summary>
public enum Reduction
{
    None = 0,
    Mean = 1,
    Sum = 2,
}
