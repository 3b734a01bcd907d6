using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

/// <summary>One entry of an index expression, laid out as the native code reads it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct IndexEntry(long Kind, long Start, long Stop, long Step, nint Tensor);
