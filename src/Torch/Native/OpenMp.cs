using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

/// <summary>The threads of libtorch's kernels, which are GNU OpenMP's. It reads its settings when it is loaded.</summary>
internal static partial class OpenMp
{
    private const string SpinCount = "GOMP_SPINCOUNT";

    /// <summary>
    /// Turns of the loop in which a thread waits for the others before it sleeps: some 15 microseconds, more than lies between two kernels of one pass. The
    /// default, a thousandth of a second, is taken from whoever shares the processor after each pass, and in each wait for a thread that has lost its own.
    /// </summary>
    private const string Turns = "1000";

    /// <summary>Before libtorch is loaded. What the user has set holds.</summary>
    public static void LimitSpinning()
    {
        if (Environment.GetEnvironmentVariable(SpinCount) is null && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = setenv(SpinCount, Turns, overwrite: 0);
    }

    // .NET's own variables are a copy that native code does not see.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
