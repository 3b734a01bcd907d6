using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Streams.Budgets;
using Yarp.ReverseProxy.Forwarder;

namespace UnifiedVlm.Server.Gateway;

/// <summary>
/// Passes requests on to the nodes of the cluster, streams as they come. One that failed before a byte of its reply went out is sent to one other node, if sent twice it does
/// no more than sent once; what could not be sent at all is tried at all of them.
/// </summary>
internal sealed partial class GatewayMiddleware : IDisposable
{
    /// <summary>Names a request in the logs of all that it passes; the caller's own where it sends a usable one.</summary>
    public const string RequestIdHeader = "X-Request-Id";

    /// <summary>Marks what a gateway has passed on: it is not passed on again.</summary>
    public const string PassedHeader = "X-Uvlm-Gateway";

    /// <summary>Names the node that has replied.</summary>
    public const string NodeHeader = "X-Uvlm-Node";

    private const int LongestRequestId = 128;

    private readonly DestinationTable table;
    private readonly IHttpForwarder forwarder;
    private readonly Func<TimeSpan, CancellationToken, Task> look;
    private readonly GatewayOptions options;
    private readonly string name;
    private readonly bool works;
    private readonly ILogger logger;
    private readonly ForwarderRequestConfig config;
    private readonly Budget bodies;
    private readonly GatewayMeter meter;
    private readonly HttpMessageInvoker client;

    /// <param name="look">Makes the table hear of the members out of turn, and ends when it has or the time is over.</param>
    /// <param name="name">Of this node.</param>
    /// <param name="works">It serves requests too, so that it is one of those to choose from.</param>
    public GatewayMiddleware(
        DestinationTable table, IHttpForwarder forwarder, Func<TimeSpan, CancellationToken, Task> look, GatewayOptions options, string name, bool works, ILogger<GatewayMiddleware> logger)
    {
        (this.table, this.forwarder, this.look, this.options, this.name, this.works, this.logger) = (table, forwarder, look, options, name, works, logger);
        config = new ForwarderRequestConfig { ActivityTimeout = options.Silence, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        bodies = new Budget("bodies kept by the gateway", options.KeptBodies);
        meter = new GatewayMeter(bodies);
        client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
            ConnectTimeout = options.ConnectTimeout,
        });
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = RoutedRequest.Read(context.Request);
        var hasPassed = context.Request.Headers.ContainsKey(PassedHeader);
        if (request.IsOwn || (works && (hasPassed || request.Kind == RequestKind.Other)))
        {
            await next(context);
            return;
        }

        var id = RequestId(context.Request);
        context.Response.Headers[RequestIdHeader] = id;
        if (hasPassed)
        {
            await FailAsync(context, request, new HttpFailure(StatusCodes.Status508LoopDetected, "A loop",
                $"The gateway {name} was sent what another gateway has passed on: a node advertises an address that leads here. Give that node its own --advertise."));
            return;
        }

        using var body = request.MayRepeat && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
            ? new ReplayableBody(context.Request.Body, options.KeptBody, bodies)
            : null;
        if (body is not null)
            context.Request.Body = body;
        List<Destination> failed = [];
        var isLast = false;
        await KnowAsync(context, request.Kind, failed);
        while (true)
        {
            var choice = table.Choose(request, failed);
            using var passage = choice.Passage;
            if (passage is null && (failed.Count > 0 || !works || choice.IsFull || choice.LacksDevices))
                await FailAsync(context, request, Refusal(choice, request, failed.LastOrDefault()));
            else if (passage is null or { Destination.IsSelf: true })
                await next(context);
            else if (await ForwardAsync(context, passage, body, id, failed, isLast) is var outcome and not ForwardOutcome.Over)
            {
                isLast |= outcome == ForwardOutcome.Sent;
                continue;
            }

            return;
        }
    }

    public void Dispose()
    {
        client.Dispose();
        meter.Dispose();
    }

    /// <param name="failed">Takes up the node if it failed.</param>
    /// <param name="isLast">It has been sent once before.</param>
    private async Task<ForwardOutcome> ForwardAsync(HttpContext context, Passage passage, ReplayableBody? body, string id, List<Destination> failed, bool isLast)
    {
        var (node, request) = (passage.Destination, passage.Request);
        failed.Add(node);
        // Asked when it matters: by then more of the body may have been read, and nodes have come or gone.
        bool TriesElsewhere() => !isLast && request.MayRepeat && body is not { IsWhole: false } && table.HasOther(request.Kind, failed);
        // Not to one that is full too, or does not answer: the refusal is no worse, and comes at once.
        bool FitsElsewhere() => TriesElsewhere() && table.HasRoom(request.Kind, failed);
        using var attempt = new ForwardAttempt(name, node.Name, id, TriesElsewhere, FitsElsewhere, request.MayRepeat ? passage.Gone : CancellationToken.None);
        // The forwarder notes a failure here and never takes it back: that of the node before must not pass for this one's.
        context.Features.Set<IForwarderErrorFeature>(null);
        var error = await forwarder.SendAsync(context, node.Address, client, config, attempt, attempt.Token);
        // As it ended: a node that broke the connection is often taken for dead right after, and that is another case.
        var wasGivenUp = attempt.WasGivenUp;
        if (error == ForwarderError.None && !attempt.WasRefused)
            return ForwardOutcome.Over;
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            // Broken off where it could not be hidden, or nobody reads it.
            if (IsNodes(error))
                LogBroken(logger, id, node.Name, error);
            return ForwardOutcome.Over;
        }

        var (status, sent) = (context.Response.StatusCode, !NeverSent(context));

        if (IsNodes(error) || wasGivenUp)
        {
            table.SetAside(node);
            if (!isLast || !sent || wasGivenUp)
                await KnowAsync(context, request.Kind, failed);
        }

        context.Response.Clear();
        context.Response.Headers[RequestIdHeader] = id;
        var goesOn = !sent
            // As healthy ones only: trying each that is taken for dead takes long and helps nobody.
            ? table.HasHealthy(request.Kind, failed) || (failed.Count == 1 && table.HasOther(request.Kind, failed))
            : error != ForwarderError.RequestTimedOut
                && ((attempt.WasRefused && body is not { IsWhole: false }) || ((IsNodes(error) || wasGivenUp) && TriesElsewhere()) || (wasGivenUp && MayOutliveAnother(request, body, failed)));
        if (goesOn)
        {
            LogElsewhere(logger, id, node.Name, attempt switch { { WasFull: true } => "it is full", { WasRefused: true } => "it is not available", _ => error.ToString() });
            meter.Retried();
            if (sent)
                body?.Rewind();
            return sent ? ForwardOutcome.Sent : ForwardOutcome.NotSent;
        }

        await FailAsync(context, request, error switch
        {
            ForwarderError.RequestTimedOut when sent => new HttpFailure(504, "It took too long", $"The node {node.Name} did not answer in time."),
            // Refused: more of its body went out meanwhile than is kept.
            _ when attempt.WasFull => Full(),
            _ when IsNodes(error) || wasGivenUp || attempt.WasRefused => Nobody(request, node),
            _ => new HttpFailure(status, "The request can't be taken", "Its body did not come as it was announced, or is larger than requests may be."),
        });
        return ForwardOutcome.Over;
    }

    /// <summary>
    /// Whether a request whose last node was taken for dead goes on to a healthy one, however often it was sent: machines that are cut off one after another are no fault of the
    /// request. A node that breaks the connection may have died of it, so that is not tried at all of them.
    /// </summary>
    /// <param name="failed">The last of them is the node. Its name has failed once before at most, so that a node that comes back again and again doesn't keep the request for ever.</param>
    private bool MayOutliveAnother(RoutedRequest request, ReplayableBody? body, List<Destination> failed)
        => request.MayRepeat && body is not { IsWhole: false } && table.HasHealthy(request.Kind, failed) && failed.Count(node => node.Name == failed[^1].Name) == 1;

    /// <summary>Before a request is given up, or spent on a node that is taken for dead: another may have come since the last beat.</summary>
    private Task KnowAsync(HttpContext context, RequestKind kind, List<Destination> except)
        => table.HasHealthy(kind, except) ? Task.CompletedTask : look(options.Look, context.RequestAborted);

    /// <summary>The node is to blame, or what lies between.</summary>
    private static bool IsNodes(ForwarderError error) => error is ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.RequestBodyDestination
        or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;

    /// <summary>There was no connection, so that nobody has seen the request.</summary>
    private static bool NeverSent(HttpContext context) => context.Features.Get<IForwarderErrorFeature>()?.Exception is
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }
        // What the handler throws when it could not connect in time; the forwarder's own limit ends by a token and has no such cause.
        or OperationCanceledException { InnerException: TimeoutException };

    private static string RequestId(HttpRequest request)
    {
        var given = request.Headers[RequestIdHeader];
        return given is [{ Length: > 0 and <= LongestRequestId } id] && id.All(static c => c is > ' ' and <= '~') ? id : Guid.CreateVersion7().ToString("N");
    }

    private HttpFailure Refusal(Choice choice, RoutedRequest request, Destination? failed) => choice switch
    {
        { IsFull: true } => Full(),
        { LacksDevices: true } => new HttpFailure(503, "There is no device", "No node that answers has a device now, neither its own nor one that it is lent.") { RetryAfter = options.RetryAfter },
        _ => Nobody(request, failed),
    };

    private HttpFailure Full()
    {
        meter.Refused();
        return new HttpFailure(429, "The cluster is full", "All nodes have as much to do as they take.") { RetryAfter = options.RetryAfter };
    }

    private HttpFailure Nobody(RoutedRequest request, Destination? failed) => failed is not null
        ? new HttpFailure(502, "The node did not answer", $"The node {failed.Name} did not answer, and the request could not be tried elsewhere.") { RetryAfter = options.RetryAfter }
        : new HttpFailure(503, "No node is ready", request.Kind == RequestKind.Other ? "No node of the cluster is ready." : "No node with the role query is ready.") { RetryAfter = options.RetryAfter };

    private static Task FailAsync(HttpContext context, RoutedRequest request, HttpFailure failure)
        => request.IsOpenAi ? OpenAiError.WriteAsync(context, failure) : failure.WriteAsync(context);

    [LoggerMessage(5140, LogLevel.Information, "{Request}: {Node} did not serve it ({Reason}); another node is tried")]
    private static partial void LogElsewhere(ILogger logger, string request, string node, string reason);

    [LoggerMessage(5141, LogLevel.Warning, "{Request}: the reply of {Node} broke off ({Error})")]
    private static partial void LogBroken(ILogger logger, string request, string node, ForwarderError error);
}
