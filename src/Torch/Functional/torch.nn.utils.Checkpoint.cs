using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>
            /// The function's result, but of the tensors on the way only the inputs are kept for the backward pass, which runs the function once
            /// more (Chen et al. 2016). Dropout drops the same elements again, under <see cref="autocast"/> and on the default device as the first time.
            /// </summary>
            /// <param name="function">
            /// Gives one tensor. It runs on the thread of the forward and on that of the backward pass, in a dispose scope of its own. Tensors that
            /// live until the end of the backward pass, such as parameters, it may hold; all others have to be inputs.
            /// </param>
            /// <param name="inputs">Those that need a gradient get one; they must not be changed in place before the backward pass.</param>
            /// <exception cref="TorchException">
            /// Thrown by the backward pass where the function fails there; the message names its exception. In the forward pass the exception itself
            /// is thrown.
            /// </exception>
            public static unsafe Tensor checkpoint(Func<IReadOnlyList<Tensor>, Tensor> function, params IReadOnlyList<Tensor> inputs)
            {
                ArgumentNullException.ThrowIfNull(function);
                if (!is_grad_enabled())
                    return function(inputs);
                var call = new CheckpointedCall(function);
                try
                {
                    return NativeMethods.uvlm_checkpoint(
                        TensorList.Handles([.. inputs]), inputs.Count, &CheckpointedCall.Run, &CheckpointedCall.Release, GCHandle.ToIntPtr(GCHandle.Alloc(call)));
                }
                catch (TorchException) when (call.TakeFailure() is { } failure)
                {
                    ExceptionDispatchInfo.Throw(failure);
                    throw;
                }
                finally
                {
                    GC.KeepAlive(inputs);
                }
            }

            public static Tensor checkpoint(Func<Tensor, Tensor> function, Tensor input) => checkpoint(inputs => function(inputs[0]), [input]);

            /// <summary>What native code holds by a handle until no graph needs it.</summary>
            private sealed class CheckpointedCall(Func<IReadOnlyList<Tensor>, Tensor> function)
            {
                private readonly Device? device = defaultDevice;
                private Exception? failure;

                public Exception? TakeFailure() => Interlocked.Exchange(ref failure, null);

                /// <summary>No exception may leave it: native frames are above.</summary>
                [UnmanagedCallersOnly]
                public static unsafe nint Run(nint context, nint* inputs, long count)
                {
                    var call = (CheckpointedCall)GCHandle.FromIntPtr(context).Target!;
                    var before = defaultDevice;
                    try
                    {
                        defaultDevice = call.device;
                        using var scope = NewDisposeScope();
                        var tensors = new Tensor[count];
                        for (var i = 0; i < count; i++)
                            tensors[i] = Tensor.Adopt(inputs[i]);
                        return NativeMethods.uvlm_alias_handle(call.function(tensors));
                    }
                    catch (Exception e)
                    {
                        call.failure = e;
                        NativeMethods.uvlm_report_error($"{e.GetType().Name}: {e.Message}");
                        return 0;
                    }
                    finally
                    {
                        defaultDevice = before;
                    }
                }

                [UnmanagedCallersOnly]
                public static void Release(nint context) => GCHandle.FromIntPtr(context).Free();

                private readonly Func<IReadOnlyList<Tensor>, Tensor> function = function;
            }
        }
    }
}
