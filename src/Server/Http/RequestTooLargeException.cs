namespace UnifiedVlm.Server.Http;

/// <summary>A body is longer than what is read at all.</summary>
internal sealed class RequestTooLargeException(long limit)
    : Exception($"$: is longer than {limit} bytes. Split the document, or the batch, or scale the pictures down.");
