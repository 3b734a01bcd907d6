using UnifiedVlm.Actors.Kernel;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Works on one question at a time; a pool of them bounds how many are under way. What goes wrong with a question is the question's affair: it
/// goes to the caller and not to supervision.
/// </summary>
internal sealed class QueryActor(Retriever retriever, Answerer answerer, Action<ActorRef<QueryCommand>> idle) : Actor<QueryCommand>
{
    protected override ValueTask OnStart(CancellationToken cancellationToken)
    {
        idle(Context.Self);
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask OnReceive(QueryCommand message, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(message.Caller, cancellationToken);
        try
        {
            switch (message)
            {
                case Search search:
                    search.ReplyTo.TryReply(await retriever.SearchAsync(search.Request, either.Token).ConfigureAwait(false));
                    break;
                case Answer answer:
                    await foreach (var happened in answerer.AnswerAsync(answer.Request, either.Token).ConfigureAwait(false))
                        await answer.Events.WriteAsync(happened, either.Token).ConfigureAwait(false);
                    answer.Events.TryComplete();
                    break;
                default:
                    throw new InvalidOperationException($"Command {message.GetType().Name} is unknown.");
            }
        }
        catch (Exception failure)
        {
            Fail(message, cancellationToken.IsCancellationRequested ? new ActorStoppedException(Context.Path) : failure);
        }

        idle(Context.Self);
    }

    internal static void Fail(QueryCommand message, Exception failure)
    {
        if (message is Search search)
            search.ReplyTo.TryFail(failure);
        else if (message is Answer answer)
            answer.Events.TryComplete(failure);
    }
}
