namespace UnifiedVlm.Torch;

/// <summary>libtorch refused or failed an operation. <see cref="Exception.Message"/> is its own first line.</summary>
public sealed class TorchException : Exception
{
    private TorchException(string message, string details)
        : base(message) => Details = details;

    /// <summary>libtorch's whole text, with its C++ backtrace.</summary>
    public string Details { get; }

    internal static TorchException FromNative(string? message, string? details)
    {
        var text = string.IsNullOrEmpty(message) ? "libtorch failed without a message" : message;
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return new TorchException(end < 0 ? text : text[..end], details ?? text);
    }
}
