using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static class cuda
    {
        /// <summary>libtorch was built for CUDA and sees a device.</summary>
        public static bool is_available() => device_count() > 0;

        public static int device_count() => NativeMethods.uvlm_cuda_device_count();

        /// <summary>Waits for all work of the current device.</summary>
        public static void synchronize(int device = -1) => NativeMethods.Check(NativeMethods.uvlm_cuda_synchronize(device));
    }
}
