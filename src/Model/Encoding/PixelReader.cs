using System.Buffers;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Encoding;

/// <summary>The pixels of several windows as one sequence of pictures, taken some at a time. What lies in one window is not copied.</summary>
/// <param name="size">Numbers of a picture.</param>
internal sealed class PixelReader(IReadOnlyList<PreparedWindow> windows, int size) : IDisposable
{
    private float[] joined = [];
    private int window;
    private int picture;

    /// <summary>The next so many pictures, valid until the next call. There must be that many.</summary>
    public ReadOnlySpan<float> Next(int count)
    {
        while (picture == windows[window].ImageCount)
            (window, picture) = (window + 1, 0);
        if (windows[window].ImageCount - picture >= count)
            return Take(count);
        if (joined.Length < count * size)
        {
            Return();
            joined = ArrayPool<float>.Shared.Rent(count * size);
        }

        for (var filled = 0; filled < count;)
        {
            while (picture == windows[window].ImageCount)
                (window, picture) = (window + 1, 0);
            var taken = Math.Min(count - filled, windows[window].ImageCount - picture);
            Take(taken).CopyTo(joined.AsSpan(filled * size));
            filled += taken;
        }

        return joined.AsSpan(0, count * size);
    }

    public void Dispose() => Return();

    /// <summary>Of the window in turn.</summary>
    private ReadOnlySpan<float> Take(int count)
    {
        var taken = windows[window].Pixels.Slice(picture * size, count * size);
        picture += count;
        return taken;
    }

    private void Return()
    {
        if (joined.Length > 0)
            ArrayPool<float>.Shared.Return(joined);
        joined = [];
    }
}
