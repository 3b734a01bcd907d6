using System.Net;
using System.Text;

namespace UnifiedVlm.Tests.Unit.Client;

/// <summary>Answers requests as a test says, one after the other, and keeps what was asked.</summary>
internal sealed class FakeServer(params Func<HttpResponseMessage>[] replies) : HttpMessageHandler
{
    private int next;

    public List<(string Path, string Body, string? Key, string? Authorization, long? Length, HttpMethod Method)> Asked { get; } = [];

    public static Func<HttpResponseMessage> Json(string body, HttpStatusCode status = HttpStatusCode.OK, TimeSpan? retryAfter = null) => () =>
    {
        var reply = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (retryAfter is { } wait)
            reply.Headers.RetryAfter = new(wait);
        return reply;
    };

    public static Func<HttpResponseMessage> Events(string body) => () =>
        new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "text/event-stream") };

    /// <summary>A connection that breaks off behind the first bytes of the body.</summary>
    public static Func<HttpResponseMessage> Broken(string body, HttpStatusCode status = HttpStatusCode.OK) => () => new HttpResponseMessage(status) { Content = new StreamContent(new BreakingStream(Encoding.UTF8.GetBytes(body))) };

    public static Func<HttpResponseMessage> Unreachable() => static () => throw new HttpRequestException("connection refused");

    /// <summary>What an HttpClient says whose own time is up.</summary>
    public static Func<HttpResponseMessage> TooLate() => static () => throw new TaskCanceledException("too late", new TimeoutException());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Before the body is read: that gives it a length.
        var length = request.Content?.Headers.ContentLength;
        Asked.Add((
            request.RequestUri!.PathAndQuery,
            request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken),
            request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null,
            request.Headers.Authorization?.ToString(),
            length,
            request.Method));
        return replies[Math.Min(next++, replies.Length - 1)]();
    }

    private sealed class BreakingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => Checked(base.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Checked(base.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Checked(await base.ReadAsync(buffer, cancellationToken));

        private static int Checked(int read) => read > 0 ? read : throw new IOException("The response ended prematurely.");
    }
}
