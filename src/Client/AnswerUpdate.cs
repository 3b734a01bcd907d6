namespace UnifiedVlm.Client;

/// <summary>What happens while an answer is made: evidence once, then text with citations between, then the end once.</summary>
public abstract record AnswerUpdate
{
    private protected AnswerUpdate()
    {
    }
}

/// <summary>The documents that the answer is made from; citation [n] means the n-th, from 1.</summary>
public sealed record AnswerEvidence(IReadOnlyList<SearchHit> Hits) : AnswerUpdate;

/// <param name="LogProbability">Natural logarithm, of the token.</param>
public sealed record AnswerText(string Text, float LogProbability) : AnswerUpdate;

/// <param name="Number">n of [n].</param>
/// <param name="Position">Index in the answer's text, in UTF-16 code units, of the bracket that opens the citation.</param>
public sealed record AnswerCitation(int Number, string DocumentId, int Position) : AnswerUpdate;

/// <param name="Text">The whole answer.</param>
/// <param name="Reason"><c>complete</c>, <c>length</c> or <c>no_evidence</c>.</param>
public sealed record AnswerEnd(string Text, int Tokens, string Reason) : AnswerUpdate;
