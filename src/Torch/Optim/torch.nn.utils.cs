using UnifiedVlm.Torch.Modules;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales all gradients so that their joint 2-norm is at most <paramref name="max_norm"/>.</summary>
            /// <returns>The norm before.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> parameters, double max_norm)
            {
                var all = parameters.ToArray();
                NativeMethods.Check(NativeMethods.uvlm_clip_grad_norm(TensorList.Handles(all), all.Length, max_norm, out var total));
                GC.KeepAlive(all);
                return total;
            }
        }
    }
}
