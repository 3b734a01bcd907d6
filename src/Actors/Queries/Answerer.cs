using System.Runtime.CompilerServices;
using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>The way of an answer: search, load, cut, prompt, generate, cite.</summary>
internal sealed class Answerer(Retriever retriever, IPromptBuilder prompts, PictureRoom pictures, TracedGenerator generator, QueryOptions options, TimeProvider time)
{
    /// <summary>The id of what no model said.</summary>
    private const int NoToken = -1;

    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        var search = new SearchRequest(request.Tenant, request.Question)
        {
            Collection = request.Collection,
            Filter = request.Filter,
            K = request.Evidence,
            Snippets = false,
        };
        var response = await retriever.SearchAsync(search, cancellationToken).ConfigureAwait(false);
        var (hits, documents) = await retriever.LoadAsync(request.Tenant, response.Hits, cancellationToken).ConfigureAwait(false);
        var taken = Enumerable.Range(0, hits.Length).Where(i => IsEvidence(hits[i])).ToArray();
        (hits, documents) = (Array.ConvertAll(taken, i => hits[i]), Array.ConvertAll(taken, i => documents[i]));
        var found = hits.Length;
        var evidence = pictures.Fit(request.Question, PassageCutter.Cut(request.Question, hits, documents, options.PassageLength));
        // Without room for its pictures a page of pictures says nothing. Those behind it move up, so that numbers have no gap.
        taken = [.. Enumerable.Range(0, evidence.Length).Where(i => evidence[i].Parts.Any(SaysSomething))];
        (hits, evidence) = (Array.ConvertAll(taken, i => hits[i]), Array.ConvertAll(taken, i => evidence[i]));
        using var room = await pictures.TakeAsync("parts", request.Question.Parts.Concat(evidence.SelectMany(static document => document.Parts)), cancellationToken).ConfigureAwait(false);
        var prompt = prompts.Build(request.Question, evidence, request.Sampling.MaxTokens, cancellationToken);
        if (found > 0 && prompt.EvidenceCount == 0)
        {
            // Not "the documents do not say": they were not asked.
            prompt.Dispose();
            throw new DocumentRejectedException(
                "parts", "leave no room for what was found beside the question", "Shorten the question, or send fewer pictures with it.");
        }

        // What had no room in the prompt is no evidence either: [n] must stand for something that the model has seen.
        hits = hits[..prompt.EvidenceCount];
        var isHandedOver = false;
        try
        {
            yield return new EvidenceEvent(hits, response.Timings);
            isHandedOver = hits.Length > 0;
        }
        finally
        {
            if (!isHandedOver)
                prompt.Dispose();
        }

        if (hits.Length == 0)
        {
            yield return new TokenEvent(new GeneratedToken(NoToken, PreparationSettings.Refusal, 0));
            yield return new DoneEvent(PreparationSettings.Refusal, 0, AnswerEnd.NoEvidence, 0);
            yield break;
        }

        prompt.Scope = request.Tenant;
        var promptTokens = prompt.Window.TokenIds.Length;
        var limit = Math.Min(request.Sampling.MaxTokens, prompts.ContextTokens - promptTokens);
        var citations = new CitationParser(hits.Length);
        var text = new StringBuilder();
        var tokens = 0;
        await foreach (var token in generator.GenerateAsync(prompt, request.Sampling with { MaxTokens = limit }, asked, cancellationToken).ConfigureAwait(false))
        {
            // With the first token the pictures have been read, and the device has let go of them.
            room.Dispose();
            tokens++;
            text.Append(token.Text);
            yield return new TokenEvent(token);
            foreach (var (number, position) in citations.Add(token.Text))
                yield return new CitationEvent(number, hits[number - 1].Id, position);
        }

        yield return new DoneEvent(text.ToString(), tokens, tokens < limit ? AnswerEnd.Complete : AnswerEnd.Length, promptTokens);
    }

    private static bool SaysSomething(DocumentPart part) => part is not TextPart { Text.Length: 0 };

    private bool IsEvidence(SearchHit hit) => hit.TextRank is not null || hit.PictureRank is not null || hit.Matches.Any(match => match.Similarity >= options.MinSimilarity);
}
