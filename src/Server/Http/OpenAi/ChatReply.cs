using System.Text;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>Collects the events of a conversation or of an answer from documents into what OpenAI's clients read. For one request.</summary>
/// <param name="tenant">Whose documents are cited.</param>
internal sealed class ChatReply(ChatCall call, string tenant, string fingerprint, TimeProvider time)
{
    private readonly string id = $"chatcmpl-{Guid.NewGuid():N}";
    private readonly long created = time.GetUtcNow().ToUnixTimeSeconds();
    private readonly StringBuilder text = new();
    private readonly List<ChatLogprob> logprobs = [];
    private readonly List<CitationEvent> citations = [];
    private IReadOnlyList<SearchHit> evidence = [];
    private int promptTokens;
    private int tokens;
    private string finish = "stop";

    /// <summary>A chunk for the event; null where the client need not hear of it.</summary>
    public ChatChunk? Add(ChatEvent happened)
    {
        switch (happened)
        {
            case ChatBegun begun:
                promptTokens = begun.PromptTokens;
                return Chunk(new ChatDelta("assistant", ""));
            case ChatToken token:
                return Add(token.Token, token.Text);
            case ChatEnded ended:
                finish = Finish(ended.Reason);
                text.Append(ended.Text);
                return ended.Text.Length == 0 ? null : Chunk(new ChatDelta(Content: ended.Text));
            default:
                throw new InvalidOperationException($"Unknown event {happened.GetType().Name}.");
        }
    }

    /// <summary>Likewise, of an answer from documents.</summary>
    public ChatChunk? Add(AnswerEvent happened)
    {
        switch (happened)
        {
            case EvidenceEvent found:
                evidence = found.Hits;
                return Chunk(new ChatDelta("assistant", ""));
            case TokenEvent token:
                return Add(token.Token, token.Token.Text);
            case CitationEvent cited:
                // Told of at the end and all at once: of a list that comes in pieces some clients keep the last one, and others fail.
                citations.Add(cited);
                return null;
            case DoneEvent done:
                promptTokens = done.PromptTokens;
                finish = Finish(done.Reason);
                return null;
            default:
                throw new InvalidOperationException($"Unknown event {happened.GetType().Name}.");
        }
    }

    /// <summary>The last chunk of the answer, with what it cites.</summary>
    public ChatChunk Last() => new(id, created, call.Model, fingerprint, [new ChatChunkChoice(0, new ChatDelta(Annotations: Annotations()), null, finish)]);

    /// <summary>After the last one, if asked for.</summary>
    public ChatChunk UsageChunk() => new(id, created, call.Model, fingerprint, [], Usage.OfChat(promptTokens, tokens));

    /// <summary>The whole, when nothing is streamed.</summary>
    public ChatCompletion Whole() => new(
        id,
        created,
        call.Model,
        fingerprint,
        [new ChatChoice(0, new ChatMessage("assistant", text.ToString(), Annotations()), call.Logprobs ? new ChatLogprobs([.. logprobs]) : null, finish)],
        Usage.OfChat(promptTokens, tokens));

    /// <param name="token">With a negative id it is a sentence that no model made: it is neither counted nor sampled.</param>
    private ChatChunk? Add(GeneratedToken token, string certain)
    {
        text.Append(certain);
        if (token.Id < 0)
            return Chunk(new ChatDelta(Content: certain));
        tokens++;
        var logprob = new ChatLogprob(token.Text, token.LogProbability, [.. Encoding.UTF8.GetBytes(token.Text).Select(static b => (int)b)]);
        logprobs.Add(logprob);
        return certain.Length == 0 && !call.Logprobs ? null : Chunk(new ChatDelta(Content: certain), call.Logprobs ? new ChatLogprobs([logprob]) : null);
    }

    /// <returns>Null: nothing is cited.</returns>
    private ChatCitation[]? Annotations()
    {
        var whole = text.ToString();
        return citations.Count == 0 ? null : [.. citations.Select((cited, i) => Annotation(cited, i, whole))];
    }

    private ChatCitation Annotation(CitationEvent cited, int index, string whole)
    {
        var start = Characters(whole.AsSpan(0, cited.Position));
        var length = whole.IndexOf(']', cited.Position) + 1 - cited.Position;
        var url = new UrlCitation(start, start + length, DocumentPath.Of(tenant, cited.DocumentId), evidence[cited.Number - 1].Title ?? cited.DocumentId);
        return new ChatCitation(index, url, cited.Number, cited.DocumentId, cited.Position);
    }

    private static int Characters(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }

    private ChatChunk Chunk(ChatDelta delta, ChatLogprobs? logprob = null) => new(id, created, call.Model, fingerprint, [new ChatChunkChoice(0, delta, logprob, null)]);

    private static string Finish(AnswerEnd reason) => reason == AnswerEnd.Length ? "length" : "stop";
}
