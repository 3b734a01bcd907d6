using System.Runtime.CompilerServices;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Continues a conversation: prompt, generate, stop.</summary>
internal sealed class Chatter(IPromptBuilder prompts, PictureRoom pictures, TracedGenerator generator, TimeProvider time)
{
    public async IAsyncEnumerable<ChatEvent> ChatAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        using var room = await pictures.TakeAsync("messages", request.Turns.SelectMany(static turn => turn.Parts), cancellationToken).ConfigureAwait(false);
        var prompt = prompts.BuildChat(request.Turns, request.FillsContext ? 1 : request.Sampling.MaxTokens, cancellationToken);
        prompt.Scope = request.Tenant;
        var promptTokens = prompt.Window.TokenIds.Length;
        var limit = Math.Min(request.Sampling.MaxTokens, prompts.ContextTokens - promptTokens);
        var stop = new StopMatcher(request.Stop);
        var tokens = 0;
        await using var generation = generator.GenerateAsync(prompt, request.Sampling with { MaxTokens = limit }, asked, cancellationToken).GetAsyncEnumerator(cancellationToken);

        // Refused or admitted: a caller hears it before the first event.
        var more = await generation.MoveNextAsync().ConfigureAwait(false);
        // The pictures have been read, and the device has let go of them.
        room.Dispose();
        yield return new ChatBegun(promptTokens);
        var last = AnswerEnd.Complete;
        for (; more; more = await generation.MoveNextAsync().ConfigureAwait(false))
        {
            tokens++;
            yield return new ChatToken(generation.Current, stop.Add(generation.Current.Text));
            if (stop.HasStopped)
                break;
            last = tokens == limit ? AnswerEnd.Length : AnswerEnd.Complete;
        }

        yield return new ChatEnded(stop.Finish(), tokens, stop.HasStopped ? AnswerEnd.Complete : last);
    }
}
