namespace UnifiedVlm.Server.Http;

/// <summary>The reply to a question of the kind answer that came over Kafka: what /v1/answer streams, at once.</summary>
/// <param name="Reason">complete, length or no_evidence.</param>
internal sealed record AskAnswer(string Text, int Tokens, string Reason, IReadOnlyList<AnswerCitation> Citations, SearchAnswer Evidence);
