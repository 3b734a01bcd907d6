namespace UnifiedVlm.Server.Http;

/// <param name="LogProbability">Natural logarithm, under the unmodified distribution.</param>
internal sealed record AnswerToken(string Text, float LogProbability);

/// <param name="Number">n of [n]: the n-th document of the evidence, from 1.</param>
/// <param name="Position">Index in the answer's text, in UTF-16 code units, of the bracket that opens the citation.</param>
internal sealed record AnswerCitation(int Number, string DocumentId, int Position);

/// <param name="Reason">complete, length or no_evidence.</param>
internal sealed record AnswerDone(string Text, int Tokens, string Reason);

internal sealed record AnswerError(string Title, string Detail);
