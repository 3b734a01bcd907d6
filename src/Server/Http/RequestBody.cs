using UnifiedVlm.Actors.Device;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Http;

/// <summary>A body that was read whole, up to a limit. Its bytes and their credit are held until disposal, which may be said twice.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>What a body of unknown length begins with.</summary>
    private const long FirstCredit = 16 * 1024;

    private readonly Budget budget;
    private long credit;

    private RequestBody(Budget budget) => this.budget = budget;

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <param name="budget">Of all bodies. One of unknown length is charged as it comes, twice as much each time.</param>
    /// <param name="tooLong">What to throw where a body is longer than the limit; <see cref="RequestTooLargeException"/> unless given.</param>
    /// <param name="pace">What its sender has to keep up with; null leaves that to the web server.</param>
    /// <exception cref="RequestTooLargeException">The body is longer than <paramref name="limit"/>.</exception>
    /// <exception cref="BadHttpRequestException">It comes too slowly, or is encoded.</exception>
    /// <exception cref="DeviceBusyException">Other bodies take all there is.</exception>
    public static async Task<RequestBody> ReadAsync(
        HttpRequest request, long limit, Budget budget, CancellationToken cancellationToken, Func<long, Exception>? tooLong = null, TransferPace? pace = null)
    {
        tooLong ??= static limit => new RequestTooLargeException(limit);
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
            throw new BadHttpRequestException($"Content-Encoding: '{encoding}' is not taken. Send the body as it is.", StatusCodes.Status415UnsupportedMediaType);
        if (request.ContentLength > limit)
            throw tooLong(limit);
        var body = new RequestBody(budget);
        try
        {
            body.Charge(request.ContentLength ?? Math.Min(FirstCredit, limit));
            body.Bytes = await body.ReadAsync(request, limit, tooLong, pace, pace?.Token ?? cancellationToken);
            return body;
        }
        catch (Exception failure)
        {
            body.Dispose();
            if (failure is OperationCanceledException && pace is { IsLate: true })
                throw new BadHttpRequestException("$: comes slower than 16 KiB/s, and holds memory meanwhile. Send it faster, or less of it.", StatusCodes.Status408RequestTimeout, failure);
            throw;
        }
    }

    public void Dispose()
    {
        (var held, credit, Bytes) = (credit, 0, default);
        budget.Release(held);
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, long limit, Func<long, Exception> tooLong, TransferPace? pace, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream((int)credit);
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            try
            {
                var length = buffer.Length + read.Buffer.Length;
                if (length > limit)
                    throw tooLong(limit);
                if (length > credit)
                {
                    // Charged before it is taken, and never more than what is charged.
                    Charge(Math.Min(limit, Math.Max(length, 2 * credit)));
                    buffer.Capacity = (int)credit;
                }

                foreach (var piece in read.Buffer)
                    buffer.Write(piece.Span);
            }
            finally
            {
                // Refused too: else the server can't read past the rest, and a client that still sends never sees the answer.
                request.BodyReader.AdvanceTo(read.Buffer.End);
            }

            pace?.Allow(buffer.Length);
            if (read.IsCompleted)
                return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        }
    }

    /// <param name="total">With what has been charged before.</param>
    private void Charge(long total)
    {
        if (!budget.TryAcquire(total - credit))
            throw new DeviceBusyException("Too many bytes of requests are under way. Send again later.", TimeSpan.FromSeconds(1));
        credit = total;
    }
}
