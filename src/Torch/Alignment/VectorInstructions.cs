namespace UnifiedVlm.Torch.Alignment;

/// <summary>Which build of the alignment kernels runs. Their scores agree to rounding.</summary>
public enum VectorInstructions
{
    /// <summary>The widest this machine can run.</summary>
    Automatic = 0,
    Baseline = 1,

    /// <summary>AVX2 with FMA.</summary>
    Avx2 = 2,

    /// <summary>AVX-512 F, VL, DQ and BW.</summary>
    Avx512 = 3,
}
