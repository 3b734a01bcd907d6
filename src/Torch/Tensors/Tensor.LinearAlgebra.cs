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

    public Tensor mv(Tensor vector) => NativeMethods.uvlm_mv(this, vector);

    public Tensor dot(Tensor other) => NativeMethods.uvlm_dot(this, other);

    public Tensor outer(Tensor other) => NativeMethods.uvlm_outer(this, other);

    /// <summary>this + mat1 x mat2.</summary>
    public Tensor addmm(Tensor mat1, Tensor mat2) => NativeMethods.uvlm_addmm(this, mat1, mat2);

    /// <summary>beta * this + alpha * (batch1 x batch2).</summary>
    public Tensor baddbmm(Tensor batch1, Tensor batch2, double beta = 1, double alpha = 1) =>
        NativeMethods.uvlm_baddbmm(this, batch1, batch2, beta, alpha);
}
