using System.Buffers;

namespace UnifiedVlm.Model.Preparation;

/// <summary>One causal pass: at most the model's context long.</summary>
/// <param name="tokenIds">T ids, image placeholders and the summary prompt included.</param>
/// <param name="spans">Where the window's parts stand among the tokens, in the order of <see cref="PreparedDocument.Parts"/>.</param>
/// <param name="pixels">Normalised pixels of the window's pictures, [N,3,S,S] row-major, rented from <see cref="ArrayPool{T}.Shared"/>; null without pictures.</param>
/// <param name="pixelCount">N x 3 x S x S.</param>
/// <param name="imageCount">N.</param>
public sealed class PreparedWindow(int[] tokenIds, PartSpan[] spans, float[]? pixels, int pixelCount, int imageCount) : IDisposable
{
    private SharedPixels? pixels = pixels is null ? null : new SharedPixels(pixels);

    private PreparedWindow(int[] tokenIds, PartSpan[] spans, SharedPixels? shared, int pixelCount, int imageCount)
        : this(tokenIds, spans, (float[]?)null, pixelCount, imageCount) => pixels = shared;

    public int[] TokenIds { get; } = tokenIds;

    public PartSpan[] Spans { get; } = spans;

    public int ImageCount { get; } = imageCount;

    public long PixelBytes => (long)pixelCount * sizeof(float);

    /// <exception cref="ObjectDisposedException">The buffer has been returned.</exception>
    public ReadOnlySpan<float> Pixels => pixelCount == 0
        ? []
        : (pixels ?? throw new ObjectDisposedException(nameof(PreparedWindow))).Values.AsSpan(0, pixelCount);

    /// <summary>The same pictures under other tokens. The pixels go over to the result: this window needs no disposing any more.</summary>
    internal PreparedWindow With(int[] tokens, PartSpan[] parts) =>
        new(tokens, parts, Interlocked.Exchange(ref pixels, null), pixelCount, ImageCount);

    /// <summary>The same, to be disposed of by itself. The pixels are there once, until the last of them is.</summary>
    public PreparedWindow Copy()
    {
        if (pixelCount == 0)
            return new PreparedWindow(TokenIds, Spans, (float[]?)null, 0, ImageCount);
        var shared = pixels ?? throw new ObjectDisposedException(nameof(PreparedWindow));
        shared.Share();
        return new PreparedWindow(TokenIds, Spans, shared, pixelCount, ImageCount);
    }

    public void Dispose() => Interlocked.Exchange(ref pixels, null)?.Release();

    /// <summary>A rented buffer that goes back with its last owner.</summary>
    private sealed class SharedPixels(float[] values)
    {
        private int owners = 1;

        public float[] Values => values;

        /// <exception cref="ObjectDisposedException">The last owner has gone, and the buffer is somebody else's.</exception>
        public void Share()
        {
            for (var seen = Volatile.Read(ref owners); ;)
            {
                ObjectDisposedException.ThrowIf(seen == 0, typeof(PreparedWindow));
                var before = Interlocked.CompareExchange(ref owners, seen + 1, seen);
                if (before == seen)
                    return;
                seen = before;
            }
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref owners) == 0)
                ArrayPool<float>.Shared.Return(values);
        }
    }
}
