using Microsoft.AspNetCore.Http;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>What a node was sent.</summary>
internal sealed class FakeNode
{
    private readonly Lock gate = new();

    public IHeaderDictionary? Headers { get; private set; }

    public int Requests { get; private set; }

    public async Task TakeAsync(HttpContext context, RequestDelegate serve)
    {
        lock (gate)
        {
            Requests++;
            Headers = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
        }

        await serve(context);
    }

    /// <summary>Reads the whole body and answers with it.</summary>
    public static async Task EchoAsync(HttpContext context)
    {
        var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
        context.Response.Headers["X-Served"] = "yes";
        await context.Response.WriteAsync(context.Request.Method + " " + context.Request.Path + context.Request.QueryString + " " + body);
    }
}
