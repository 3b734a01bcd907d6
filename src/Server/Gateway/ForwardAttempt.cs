using System.Net;
using Microsoft.AspNetCore.Http.Features;
using UnifiedVlm.Server.Http;
using Yarp.ReverseProxy.Forwarder;

namespace UnifiedVlm.Server.Gateway;

/// <summary>One sending of a request to one node: what is added to its headers, and whether the reply is passed on or the request tried elsewhere.</summary>
/// <param name="gateway">The name of this one, which marks what has passed it.</param>
/// <param name="triesElsewhere">Whether a reply that says "not now" is withheld, because another node is tried.</param>
/// <param name="fitsElsewhere">Whether a reply that says "full" is, because another node has room.</param>
/// <param name="gone">Ends the waiting for a reply, not a reply that has begun.</param>
internal sealed class ForwardAttempt(string gateway, string node, string requestId, Func<bool> triesElsewhere, Func<bool> fitsElsewhere, CancellationToken gone) : HttpTransformer, IDisposable
{
    // As it was written: escapes that are resolved or escaped once more would make it another path.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly CancellationTokenSource waiting = new();
    private CancellationTokenRegistration registration;

    public CancellationToken Token => waiting.Token;

    /// <summary>The node has answered that it has no room.</summary>
    public bool WasFull { get; private set; }

    /// <summary>The node has answered "not now" or "full", and that was withheld.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>The node was taken for dead while it had not answered.</summary>
    public bool WasGivenUp => waiting.IsCancellationRequested;

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        registration = gone.Register(static source => ((CancellationTokenSource)source!).Cancel(), waiting);
        // Adds X-Forwarded-For, -Host, -Proto; the node is called by its own name.
        await Default.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        if (httpContext.Features.Get<IHttpRequestFeature>()?.RawTarget is ['/', ..] target
            && Uri.TryCreate(destinationPrefix.TrimEnd('/') + target, Verbatim, out var uri))
            proxyRequest.RequestUri = uri;
        proxyRequest.Headers.Remove(GatewayMiddleware.RequestIdHeader);
        proxyRequest.Headers.TryAddWithoutValidation(GatewayMiddleware.RequestIdHeader, requestId);
        proxyRequest.Headers.TryAddWithoutValidation(GatewayMiddleware.PassedHeader, gateway);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        await registration.DisposeAsync();
        // Not any 429: a key's allowance is to be had only once.
        WasFull = proxyResponse is { StatusCode: HttpStatusCode.TooManyRequests } && proxyResponse.Headers.Contains(HttpFailure.FullHeader);
        if (WasFull ? fitsElsewhere() : proxyResponse is { StatusCode: HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable } && triesElsewhere())
        {
            WasRefused = true;
            return false;
        }

        httpContext.Response.Headers[GatewayMiddleware.NodeHeader] = node;
        return await Default.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
        => Default.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);

    public void Dispose()
    {
        registration.Dispose();
        waiting.Dispose();
    }
}
