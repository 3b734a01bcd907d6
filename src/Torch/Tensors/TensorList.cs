namespace UnifiedVlm.Torch;

/// <summary>Handles of several tensors at once, as native code takes them.</summary>
internal static class TensorList
{
    /// <summary>The caller keeps <paramref name="tensors"/> alive until native code has returned.</summary>
    public static nint[] Handles(IReadOnlyList<Tensor?> tensors)
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
            handles[i] = tensors[i]?.Handle ?? 0;
        return handles;
    }
}
