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
        var prepared = await PrepareAsync(request, [.. response.Hits.Where(IsEvidence)], cancellationToken).ConfigureAwait(false);
        using var room = prepared.Room;
        var (hits, prompt) = (prepared.Hits, prepared.Prompt);
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

    /// <summary>
    /// Loads, cuts and lays out. Apart from the rest, so that the documents and files are let go of once the prompt is built: it has what it needs of them, and an answer may
    /// take minutes.
    /// </summary>
    private async Task<(SearchHit[] Hits, GenerationPrompt Prompt, PictureRoom.Share Room)> PrepareAsync(
        AnswerRequest request, SearchHit[] found, CancellationToken cancellationToken)
    {
        var (hits, documents) = await retriever.LoadAsync(request.Tenant, found, cancellationToken).ConfigureAwait(false);
        var passages = PassageCutter.Cut(request.Question, hits, documents, options.PassageLength);
        var files = await retriever.MeasurePicturesAsync(request.Tenant, passages, cancellationToken).ConfigureAwait(false);
        var (fitting, fileBytes, isWhole) = pictures.Fit(request.Question, passages, files);
        var parts = request.Question.Parts.Concat(fitting.SelectMany(static document => document.Parts));
        var room = await pictures.TakeAsync("parts", parts, cancellationToken, fileBytes).ConfigureAwait(false);
        try
        {
            var shown = await retriever.LoadPicturesAsync(request.Tenant, fitting, cancellationToken).ConfigureAwait(false);
            // Without its pictures a page of pictures says nothing. Those behind it move up, so that numbers have no gap.
            var taken = Enumerable.Range(0, shown.Length).Where(i => shown[i].Parts.Any(SaysSomething)).ToArray();
            var evidence = Array.ConvertAll(taken, i => shown[i]);
            var prompt = prompts.Build(request.Question, evidence, request.Sampling.MaxTokens, cancellationToken);
            // The prompt has the pictures decoded.
            room.GiveBack(fileBytes);
            if (prompt.EvidenceCount == 0 && (evidence.Length > 0 || !isWhole))
            {
                // Not "the documents do not say": they were not asked.
                prompt.Dispose();
                throw new DocumentRejectedException(
                    "parts", "leave no room for what was found beside the question", "Shorten the question, or send fewer pictures with it.");
            }

            // What had no room in the prompt is no evidence either: [n] must stand for something that the model has seen.
            return (Array.ConvertAll(taken[..prompt.EvidenceCount], i => hits[i]), prompt, room);
        }
        catch
        {
            room.Dispose();
            throw;
        }
    }

    private static bool SaysSomething(DocumentPart part) => part is not TextPart { Text.Length: 0 };

    private bool IsEvidence(SearchHit hit) => hit.TextRank is not null || hit.PictureRank is not null || hit.Matches.Any(match => match.Similarity >= options.MinSimilarity);
}
