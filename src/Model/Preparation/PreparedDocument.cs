using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Preparation;

/// <summary>A document ready for the device: token ids, pixels and where each part's states are to be read. Disposing returns its pixel buffers.</summary>
public sealed class PreparedDocument(IReadOnlyList<PreparedWindow> windows, IReadOnlyList<EmbeddedPart> parts) : IDisposable
{
    /// <summary>At least one; more when the document is longer than the model's context.</summary>
    public IReadOnlyList<PreparedWindow> Windows { get; } = windows;

    /// <summary>P embedded parts over all windows, in reading order.</summary>
    public IReadOnlyList<EmbeddedPart> Parts { get; } = parts;

    /// <summary>Tokens over all windows, image tokens included: what the encoder's queue and batches are measured in.</summary>
    public int TokenCount { get; } = windows.Sum(static w => w.TokenIds.Length);

    /// <summary>The longest window: what batches are sorted by.</summary>
    public int LongestWindow { get; } = windows.Max(static w => w.TokenIds.Length);

    /// <summary>Bytes of decoded pixels held: what the picture budget is measured in.</summary>
    public long PixelBytes { get; } = windows.Sum(static w => w.PixelBytes);

    /// <summary>Called by the device when the document's turn has come, on the device's thread; more than once if a batch is tried again.</summary>
    public Action? EncodingBegins { get; set; }

    /// <summary>Not to share a batch: a device was lost with it, and the next loss must tell whether it was this document.</summary>
    public bool Alone { get; set; }

    public void Dispose()
    {
        foreach (var window in Windows)
            window.Dispose();
    }
}
