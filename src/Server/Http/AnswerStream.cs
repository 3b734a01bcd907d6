using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Http;

/// <summary>An answer as server-sent events. Until the first event a failure is a plain problem reply; after it, an <c>error</c> event.</summary>
internal static class AnswerStream
{
    public static async Task WriteAsync(HttpContext context, IAsyncEnumerable<AnswerEvent> events, CancellationToken cancellationToken)
    {
        await using var answer = events.GetAsyncEnumerator(cancellationToken);
        var begun = false;
        while (true)
        {
            try
            {
                if (!await answer.MoveNextAsync())
                    return;
            }
            catch (Exception error) when (begun && !cancellationToken.IsCancellationRequested)
            {
                var failure = HttpFailure.From(error);
                var told = failure ?? HttpFailure.Defect;
                await SendAsync(context, "error", new AnswerError(told.Title, told.Detail), ApiJson.Default.AnswerError, cancellationToken);
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

            await SendAsync(context, answer.Current, cancellationToken);
        }
    }

    private static Task SendAsync(HttpContext context, AnswerEvent happened, CancellationToken cancellationToken) => happened switch
    {
        EvidenceEvent evidence => SendAsync(context, "evidence", SearchAnswer.From(evidence), ApiJson.Default.SearchAnswer, cancellationToken),
        TokenEvent token => SendAsync(context, "token", new AnswerToken(token.Token.Text, token.Token.LogProbability), ApiJson.Default.AnswerToken, cancellationToken),
        CitationEvent cited => SendAsync(context, "citation", new AnswerCitation(cited.Number, cited.DocumentId, cited.Position), ApiJson.Default.AnswerCitation, cancellationToken),
        DoneEvent done => SendAsync(context, "done", new AnswerDone(done.Text, done.Tokens, JsonNamingPolicy.SnakeCaseLower.ConvertName(done.Reason.ToString())), ApiJson.Default.AnswerDone, cancellationToken),
        _ => throw new InvalidOperationException($"Unknown event {happened.GetType().Name}."),
    };

    private static async Task SendAsync<T>(HttpContext context, string name, T data, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await context.Response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data, type)}\n\n", cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
