using Npgsql;

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
        catch (StreamDefectException told)
        {
            // The client has read of it, and the stream ends as it should.
            LogDefect(logger, context.Request.Method, context.Request.Path, told.Defect);
        }
        catch (Exception error)
        {
            var failure = HttpFailure.From(error);
            if (failure is null)
                LogDefect(logger, context.Request.Method, context.Request.Path, error);
            else if (error is NpgsqlException && failure.Status == StatusCodes.Status503ServiceUnavailable)
                LogStore(logger, context.Request.Method, context.Request.Path, error.Message);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await (failure ?? HttpFailure.Defect).WriteAsync(context);
        }
    }

    [LoggerMessage(5000, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogDefect(ILogger logger, string method, string path, Exception error);

    [LoggerMessage(5001, LogLevel.Warning, "{Method} {Path}: the database failed: {Reason}")]
    private static partial void LogStore(ILogger logger, string method, string path, string reason);
}
