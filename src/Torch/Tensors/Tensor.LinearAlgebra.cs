using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public partial class Tensor
{
    /// <summary>[.., n, k] x [.., k, m] -> [.., n, m], leading dimensions broadcast.</summary>
    public Tensor matmul(Tensor other) => NativeMethods.uvlm_matmul(this, other);

    /// <summary>[n, k] x [k, m] -> [n, m].</summary>
    public Tensor mm(Tensor other) => NativeMethods.uvlm_mm(this, other);

    /// <summary>[b, n, k] x [b, k, m] -> [b, n, m].</summary>
    public Tensor bmm(Tensor other) => NativeMethods.uvlm_bmm(this, other);

    public Tensor dot(Tensor other) => NativeMethods.uvlm_dot(this, other);
}
