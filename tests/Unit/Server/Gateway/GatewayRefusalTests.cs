using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Server.Http;
using Yarp.ReverseProxy.Forwarder;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>What becomes of a refused request of which more is read between the refusal and its end.</summary>
public sealed class GatewayRefusalTests
{
    [Theory]
    [InlineData(503, 100, 2, 200)]
    [InlineData(503, 4, 1, 502)]
    [InlineData(429, 100, 2, 200)]
    [InlineData(429, 4, 1, 429)]
    public async Task A_refused_request_is_tried_elsewhere_only_while_its_body_is_kept(int refusal, int keptBody, int sendings, int status)
    {
        var options = new GatewayOptions { KeptBody = keptBody, ConnectTimeout = TimeSpan.FromMinutes(2) };
        var table = new DestinationTable("gateway", Members.Lifetime, options, TimeProvider.System, new Random(1));
        table.Update([Members.Of("a", "http://a", tokens: 1000, generations: 10, requests: 0), Members.Of("b", "http://b", tokens: 1000, generations: 10, requests: 0)]);
        var forwarder = new RefusingForwarder((HttpStatusCode)refusal);
        using var middleware = new GatewayMiddleware(table, forwarder, static (_, _) => Task.CompletedTask, options, "gateway", works: false, NullLogger<GatewayMiddleware>.Instance);
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new Body());
        (context.Request.Method, context.Request.Path) = ("POST", "/v1/search");
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(RefusingForwarder.Sent));
        context.Response.Body = new MemoryStream();

        await middleware.InvokeAsync(context, static _ => throw new InvalidOperationException("A gateway alone serves nothing."));
        Assert.Equal((sendings, status), (forwarder.Bodies.Count, context.Response.StatusCode));
        Assert.All(forwarder.Bodies, static body => Assert.Equal(RefusingForwarder.Sent, body));
    }

    private sealed class Body : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }

    /// <summary>The first node says "not now" or "full" before it has the body, the second takes the request.</summary>
    private sealed class RefusingForwarder(HttpStatusCode refusal) : IHttpForwarder
    {
        public const string Sent = "more than four bytes";

        public List<string> Bodies { get; } = [];

        public ValueTask<ForwarderError> SendAsync(
            HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer)
            => SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

        public async ValueTask<ForwarderError> SendAsync(
            HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer, CancellationToken cancellationToken)
        {
            using var reply = new HttpResponseMessage(Bodies.Count == 0 ? refusal : HttpStatusCode.OK);
            if (reply.StatusCode == HttpStatusCode.TooManyRequests)
                reply.Headers.Add(HttpFailure.FullHeader, "1");
            await transformer.TransformResponseAsync(context, reply, cancellationToken);
            context.Response.StatusCode = (int)reply.StatusCode;
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, cancellationToken);
            Bodies.Add(Encoding.UTF8.GetString(body.ToArray()));
            return ForwarderError.None;
        }
    }
}
