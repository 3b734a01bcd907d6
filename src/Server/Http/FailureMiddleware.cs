namespace UnifiedVlm.Server.Http;

/// <summary>Turns what a route throws into problem+json, and what should not have happened into a log line and a 500.</summary>
internal sealed partial class FailureMiddleware(RequestDelegate next, ILogger<FailureMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (HttpFailure.OfBareStatus(context) is { } bare)
                await bare.WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left; nobody reads a reply.
        }
        catch (Exception error)
        {
            var failure = HttpFailure.From(error);
            if (failure is null)
                LogDefect(logger, context.Request.Method, context.Request.Path, error);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await (failure ?? HttpFailure.Defect).WriteAsync(context);
        }
    }

    [LoggerMessage(5000, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogDefect(ILogger logger, string method, string path, Exception error);
}
