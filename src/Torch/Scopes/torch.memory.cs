using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    /// <summary>Native memory of the process.</summary>
    public static class memory
    {
        private const long MmapThresholdBytes = 1L << 30;
        private const long TrimThresholdBytes = (1L << 31) - 1;
        private const long SmallMmapThresholdBytes = 4L << 20;
        private const long SmallTrimThresholdBytes = 32L << 20;

        /// <summary>Tensors whose native handle has not been freed, in the whole process: flat from step to step, or something leaks.</summary>
        public static long live_handles => NativeMethods.uvlm_live_handles();

        /// <summary>
        /// Tells the C library to keep freed activations for the next step instead of returning them to the system, in a single arena.
        /// For the whole process; call once before the first tensor.
        /// </summary>
        /// <param name="keep_all">False gives back what is large or much at once: slower, for a process whose memory is limited.</param>
        public static void tune(bool keep_all = true) => NativeMethods.Check(NativeMethods.uvlm_tune_malloc(
            keep_all ? MmapThresholdBytes : SmallMmapThresholdBytes, keep_all ? TrimThresholdBytes : SmallTrimThresholdBytes, arenas: 1));

        /// <summary>Gives memory kept so back to the system, say between training and serving.</summary>
        public static void trim() => NativeMethods.Check(NativeMethods.uvlm_trim_malloc());
    }
}
