using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// JSON bodies with their length, written at once. In chunks, a node that is killed between the body and its last chunk would leave a gateway with a
/// reply that does not count as whole, though all of it is there, and can't be asked for again, for it has begun.
/// </summary>
internal static class JsonReply
{
    public const string ContentType = "application/json; charset=utf-8";

    public static IResult Of<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => new Result<T>(value, type, status);

    public static async Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, string contentType, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, cancellationToken);
    }

    private sealed class Result<T>(T value, JsonTypeInfo<T> type, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            return WriteAsync(httpContext, value, type, ContentType, httpContext.RequestAborted);
        }
    }
}
