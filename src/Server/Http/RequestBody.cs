namespace UnifiedVlm.Server.Http;

/// <summary>Reads a body whole, up to a limit.</summary>
internal static class RequestBody
{
    /// <param name="tooLong">What to throw where a body is longer than the limit; <see cref="RequestTooLargeException"/> unless given.</param>
    /// <exception cref="RequestTooLargeException">The body is longer than <paramref name="limit"/>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, long limit, CancellationToken cancellationToken, Func<long, Exception>? tooLong = null)
    {
        tooLong ??= static limit => new RequestTooLargeException(limit);
        if (request.ContentLength > limit)
            throw tooLong(limit);
        using var buffer = new MemoryStream((int)Math.Min(request.ContentLength ?? 4096, limit));
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (buffer.Length + read.Buffer.Length > limit)
                throw tooLong(limit);
            foreach (var piece in read.Buffer)
                buffer.Write(piece.Span);
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        }
    }
}
