namespace UnifiedVlm.Server.Cluster;

/// <summary>Counts the HTTP requests that are being served.</summary>
internal sealed class RequestsUnderWay
{
    private int count;

    public int Count => Volatile.Read(ref count);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref count);
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref count);
        }
    }
}
