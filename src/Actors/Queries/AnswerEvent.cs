using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>What happens while an answer is made: evidence once, then tokens with citations between them, then the end once.</summary>
public abstract record AnswerEvent
{
    private protected AnswerEvent()
    {
    }
}

/// <summary>The documents the answer is made from. Citation [n] means the n-th of them, from 1.</summary>
public sealed record EvidenceEvent(IReadOnlyList<SearchHit> Hits, SearchTimings Timings) : AnswerEvent;

/// <summary>The answer, one token further.</summary>
public sealed record TokenEvent(GeneratedToken Token) : AnswerEvent;

/// <summary>The answer cited a document of the evidence. Numbers that belong to none are never reported.</summary>
/// <param name="Number">n of [n].</param>
/// <param name="DocumentId">The document it stands for.</param>
/// <param name="Position">Index in the answer's text, in UTF-16 code units, of the bracket that opens the citation.</param>
public sealed record CitationEvent(int Number, string DocumentId, int Position) : AnswerEvent;

/// <summary>The end of an answer.</summary>
/// <param name="Text">The whole answer.</param>
/// <param name="Tokens">Tokens generated.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="PromptTokens">Of question, evidence and their structure.</param>
public sealed record DoneEvent(string Text, int Tokens, AnswerEnd Reason, int PromptTokens) : AnswerEvent;
