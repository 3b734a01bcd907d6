using UnifiedVlm.Actors.Device;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Http;

/// <summary>A body that was read whole, up to a limit. Its credit is held until disposal.</summary>
internal sealed class RequestBody : IDisposable
{
    private readonly Budget budget;
    private readonly long credit;

    private RequestBody(ReadOnlyMemory<byte> bytes, Budget budget, long credit)
    {
        Bytes = bytes;
        this.budget = budget;
        this.credit = credit;
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <param name="budget">Of all bodies. One of unknown length is charged as if it were as long as it may be.</param>
    /// <param name="tooLong">What to throw where a body is longer than the limit; <see cref="RequestTooLargeException"/> unless given.</param>
    /// <exception cref="RequestTooLargeException">The body is longer than <paramref name="limit"/>.</exception>
    /// <exception cref="DeviceBusyException">Other bodies take all there is.</exception>
    public static async Task<RequestBody> ReadAsync(
        HttpRequest request, long limit, Budget budget, CancellationToken cancellationToken, Func<long, Exception>? tooLong = null)
    {
        tooLong ??= static limit => new RequestTooLargeException(limit);
        if (request.ContentLength > limit)
            throw tooLong(limit);
        var credit = request.ContentLength ?? limit;
        if (!budget.TryAcquire(credit))
            throw new DeviceBusyException("Too many bytes of requests are under way. Send again later.", TimeSpan.FromSeconds(1));
        try
        {
            return new RequestBody(await ReadAsync(request, limit, tooLong, cancellationToken), budget, credit);
        }
        catch
        {
            budget.Release(credit);
            throw;
        }
    }

    public void Dispose() => budget.Release(credit);

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, long limit, Func<long, Exception> tooLong, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream((int)(request.ContentLength ?? 4096));
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
