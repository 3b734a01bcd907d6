using System.Globalization;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>A failure as OpenAI's clients read it.</summary>
internal sealed record OpenAiError(OpenAiErrorBody Error)
{
    public static OpenAiError From(HttpFailure failure) => new(new OpenAiErrorBody(
        failure.Detail,
        failure.Status switch
        {
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        },
        failure.Field,
        failure.Code ?? (failure.Status == 429 ? "rate_limit_exceeded" : null)));

    public static Task WriteAsync(HttpContext context, HttpFailure failure)
    {
        if (failure.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        context.Response.StatusCode = failure.Status;
        return JsonReply.WriteAsync(context, From(failure), OpenAiJson.Default.OpenAiError, JsonReply.ContentType, context.RequestAborted);
    }
}

/// <param name="Param">The offending field.</param>
internal sealed record OpenAiErrorBody(string Message, string Type, string? Param, string? Code);
