namespace UnifiedVlm.Documents.Images;

/// <summary>A picture's file is there and can't be read. Not final, unlike other refusals: it may be readable later though neither it nor what names it changes.</summary>
/// <param name="field">The field that names the picture.</param>
/// <param name="path">As it was named.</param>
/// <param name="cause">What the file system said.</param>
public sealed class UnreadablePictureException(string field, string path, Exception cause)
    : DocumentRejectedException(field, $"can't be read: {cause.Message}", "Make the file readable for the server.", cause)
{
    public string Path { get; } = path;
}
