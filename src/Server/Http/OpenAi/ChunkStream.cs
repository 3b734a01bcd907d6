using System.Text.Json;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>Chunks as server-sent events, <c>[DONE]</c> at the end. Until the first a failure is a plain reply; after it, an event with <c>error</c>.</summary>
internal static class ChunkStream
{
    /// <param name="chunks">Nulls are passed over.</param>
    /// <param name="ending">What follows when the chunks have come to their end.</param>
    public static async Task WriteAsync(HttpContext context, IAsyncEnumerable<ChatChunk?> chunks, Func<IEnumerable<ChatChunk>> ending, CancellationToken cancellationToken)
    {
        await using var stream = chunks.GetAsyncEnumerator(cancellationToken);
        var begun = false;
        while (true)
        {
            try
            {
                if (!await stream.MoveNextAsync())
                    break;
            }
            catch (Exception error) when (begun && !cancellationToken.IsCancellationRequested)
            {
                var failure = HttpFailure.From(error);
                await SendAsync(context, JsonSerializer.Serialize(OpenAiError.From(failure ?? HttpFailure.Defect), OpenAiJson.Default.OpenAiError), cancellationToken);
                if (failure is null)
                    throw new StreamDefectException(error);
                return;
            }

            if (!begun)
            {
                context.Response.ContentType = "text/event-stream";
                context.Response.Headers.CacheControl = "no-cache";
                begun = true;
            }

            if (stream.Current is { } chunk)
                await SendAsync(context, JsonSerializer.Serialize(chunk, OpenAiJson.Default.ChatChunk), cancellationToken);
        }

        foreach (var chunk in ending())
            await SendAsync(context, JsonSerializer.Serialize(chunk, OpenAiJson.Default.ChatChunk), cancellationToken);
        await SendAsync(context, "[DONE]", cancellationToken);
    }

    private static async Task SendAsync(HttpContext context, string data, CancellationToken cancellationToken)
    {
        await context.Response.WriteAsync($"data: {data}\n\n", cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
