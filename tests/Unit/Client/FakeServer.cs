using System.Net;
using System.Text;

namespace UnifiedVlm.Tests.Unit.Client;

/// <summary>Answers requests as a test says, one after the other, and keeps what was asked.</summary>
internal sealed class FakeServer(params Func<HttpResponseMessage>[] replies) : HttpMessageHandler
{
    private int next;

    public List<(string Path, string Body, string? Key, string? Authorization)> Asked { get; } = [];

    public static Func<HttpResponseMessage> Json(string body, HttpStatusCode status = HttpStatusCode.OK, TimeSpan? retryAfter = null) => () =>
    {
        var reply = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (retryAfter is { } wait)
            reply.Headers.RetryAfter = new(wait);
        return reply;
    };

    public static Func<HttpResponseMessage> Events(string body) => () =>
        new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "text/event-stream") };

    public static Func<HttpResponseMessage> Unreachable() => static () => throw new HttpRequestException("connection refused");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked.Add((
            request.RequestUri!.PathAndQuery,
            request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken),
            request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null,
            request.Headers.Authorization?.ToString()));
        return replies[Math.Min(next++, replies.Length - 1)]();
    }
}
