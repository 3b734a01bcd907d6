namespace UnifiedVlm.Server.Http.Access;

/// <summary>No node starts with a route that does not say who may call it.</summary>
internal static partial class RouteCheck
{
    /// <exception cref="InvalidOperationException">A route has no <see cref="AccessRule"/>.</exception>
    public static void Run(IEndpointRouteBuilder routes, ILogger logger)
    {
        foreach (var route in routes.DataSources.SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>())
        {
            var methods = string.Join(',', route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []);
            var rule = route.Metadata.GetMetadata<AccessRule>()
                ?? throw new InvalidOperationException($"The route {methods} {route.RoutePattern.RawText} does not say who may call it: give it Needs(..) or IsOpen().");
            LogRoute(logger, methods, route.RoutePattern.RawText ?? "", rule);
        }
    }

    [LoggerMessage(5101, LogLevel.Debug, "Route {Methods} {Pattern} asks for {Rule}")]
    private static partial void LogRoute(ILogger logger, string methods, string pattern, AccessRule rule);
}
