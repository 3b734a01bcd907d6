using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>Charges a key for an answer while it is made: whoever leaves early has paid for what there was.</summary>
internal static class Charges
{
    public static IAsyncEnumerable<AnswerEvent> Charging(this IAsyncEnumerable<AnswerEvent> events, Caller caller) => events.Select(happened =>
    {
        caller.Charge(happened switch
        {
            // The sentence that no model made has a negative id.
            TokenEvent { Token.Id: >= 0 } => 1,
            DoneEvent done => done.PromptTokens,
            _ => 0,
        });
        return happened;
    });

    public static IAsyncEnumerable<ChatEvent> Charging(this IAsyncEnumerable<ChatEvent> events, Caller caller) => events.Select(happened =>
    {
        caller.Charge(happened switch
        {
            ChatBegun begun => begun.PromptTokens,
            ChatToken => 1,
            _ => 0,
        });
        return happened;
    });
}
