using System.Runtime.InteropServices;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch.Alignment;

/// <summary>src/Native/align/align.h.</summary>
internal static unsafe partial class AlignNative
{
    private const int ExpectedAbiVersion = 2;

    static AlignNative()
    {
        if (uvlm_align_abi_version() is var version and not ExpectedAbiVersion)
        {
            throw new DllNotFoundException(
                $"libuvlm_align.so has ABI version {version}, not {ExpectedAbiVersion}. Run deploy/install.sh to rebuild it.");
        }
    }

    internal enum Status
    {
        Ok = 0,
        BadArgument = 1,
        BadVectorX = 2,
        BadVectorY = 3,
        OutOfMemory = 4,
    }

    internal enum Measure
    {
        LogKernel = 0,
        Dtw = 1,
        SoftDtw = 2,
        MaxSim = 3,
        Mean = 4,
    }

    internal struct Sequences
    {
        public float* Rows;
        public int* Offsets;
        public int Count;
    }

    [LibraryImport(NativeLibraries.Align)]
    internal static partial int uvlm_align_abi_version();

    [LibraryImport(NativeLibraries.Align)]
    internal static partial VectorInstructions uvlm_align_best_instructions();

    [LibraryImport(NativeLibraries.Align)]
    internal static partial Status uvlm_align_score(
        Measure measure, Sequences* x, Sequences* y, int dimension, int* pairs, long pairCount, float parameter, int threads,
        VectorInstructions instructions, float* scores, int* badSequence);

    [LibraryImport(NativeLibraries.Align)]
    internal static partial Status uvlm_align_path(
        Measure measure, float* x, int xRows, float* y, int yRows, int dimension, float parameter, int* steps, float* cosines, int* stepCount);

    [LibraryImport(NativeLibraries.Align)]
    internal static partial Status uvlm_align_gradients(
        Sequences* x, Sequences* y, int dimension, int* pairs, long pairCount, float* weights, float sigma, int threads,
        VectorInstructions instructions, float* xGradient, float* yGradient, int* badSequence);
}
