using System.Threading.Channels;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Telemetry;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Works on one question at a time; a pool of them bounds how many are under way. What goes wrong with a question is the question's affair: it
/// goes to the caller and not to supervision.
/// </summary>
/// <param name="idle">Called when the actor has time for a question, with the one that it is done with.</param>
internal sealed class QueryActor(
    Retriever retriever, Answerer answerer, Chatter chatter, Embedder embedder, GenerationMeter meter, Action<ActorRef<QueryCommand>, QueryCommand?> idle) : Actor<QueryCommand>
{
    protected override ValueTask OnStart(CancellationToken cancellationToken)
    {
        idle(Context.Self, null);
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask OnReceive(QueryCommand message, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(message.Caller, cancellationToken);
        using var span = QueryTraces.BeginQuestion(message.Name, message.CallerSpan);
        var begun = Context.System.Time.GetTimestamp();
        Exception? failed = null;
        try
        {
            switch (message)
            {
                case Search search:
                    search.ReplyTo.TryReply(await retriever.SearchAsync(search.Request, either.Token).ConfigureAwait(false));
                    break;
                case Answer answer:
                    await SendAsync(answerer.AnswerAsync(answer.Request, either.Token), answer.Events, either.Token).ConfigureAwait(false);
                    break;
                case Chat chat:
                    await SendAsync(chatter.ChatAsync(chat.Request, either.Token), chat.Events, either.Token).ConfigureAwait(false);
                    break;
                case Embed embed:
                    embed.ReplyTo.TryReply(await embedder.EmbedAsync(embed.Documents, either.Token).ConfigureAwait(false));
                    break;
                case Rerank rerank:
                    rerank.ReplyTo.TryReply(await embedder.RerankAsync(rerank.Request, either.Token).ConfigureAwait(false));
                    break;
                default:
                    throw new InvalidOperationException($"Command {message.GetType().Name} is unknown.");
            }
        }
        catch (Exception failure)
        {
            failed = cancellationToken.IsCancellationRequested ? new ActorStoppedException(Context.Path) : failure;
            span?.Fail(failed);
            Fail(message, failed);
        }

        if (message is not Search)
            meter.Answered(message is Answer or Chat ? "chat" : "embeddings", Context.System.Time.GetElapsedTime(begun), failed);
        idle(Context.Self, message);
    }

    internal static void Fail(QueryCommand message, Exception failure)
    {
        _ = message switch
        {
            Search search => search.ReplyTo.TryFail(failure),
            Embed embed => embed.ReplyTo.TryFail(failure),
            Rerank rerank => rerank.ReplyTo.TryFail(failure),
            Answer answer => answer.Events.TryComplete(failure),
            Chat chat => chat.Events.TryComplete(failure),
            _ => throw new InvalidOperationException($"Command {message.GetType().Name} is unknown."),
        };
    }

    private static async Task SendAsync<T>(IAsyncEnumerable<T> events, ChannelWriter<T> reader, CancellationToken cancellationToken)
    {
        await foreach (var happened in events.ConfigureAwait(false))
            await reader.WriteAsync(happened, cancellationToken).ConfigureAwait(false);
        reader.TryComplete();
    }
}
