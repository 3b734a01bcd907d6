using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>What happens while a conversation is continued: its beginning once, then tokens, then the end once.</summary>
public abstract record ChatEvent
{
    private protected ChatEvent()
    {
    }
}

/// <summary>The prompt was taken.</summary>
/// <param name="PromptTokens">Of the whole conversation, its structure and pictures included.</param>
public sealed record ChatBegun(int PromptTokens) : ChatEvent;

/// <summary>The answer, one token further.</summary>
/// <param name="Text">What is certain to belong to the answer: while a stop string may have begun, less than the token's own.</param>
public sealed record ChatToken(GeneratedToken Token, string Text) : ChatEvent;

/// <summary>The end.</summary>
/// <param name="Text">What was held back and belongs to the answer after all; usually nothing.</param>
/// <param name="Tokens">Tokens generated.</param>
public sealed record ChatEnded(string Text, int Tokens, AnswerEnd Reason) : ChatEvent;
