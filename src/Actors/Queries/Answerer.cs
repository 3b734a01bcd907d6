using System.Runtime.CompilerServices;
using System.Text;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>The way of an answer: search, load, cut, prompt, generate, cite.</summary>
internal sealed class Answerer(Retriever retriever, IPromptBuilder prompts, IDeviceClient device, int passageLength)
{
    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var search = new SearchRequest(request.Tenant, request.Question)
        {
            Collection = request.Collection,
            Filter = request.Filter,
            K = request.Evidence,
            Snippets = false,
        };
        var response = await retriever.SearchAsync(search, cancellationToken).ConfigureAwait(false);
        var (hits, documents) = await retriever.LoadAsync(request.Tenant, response.Hits, cancellationToken).ConfigureAwait(false);
        yield return new EvidenceEvent(hits, response.Timings);

        var prompt = prompts.Build(request.Question, PassageCutter.Cut(request.Question, hits, documents, passageLength), request.Sampling.MaxTokens, cancellationToken);
        var promptTokens = prompt.Window.TokenIds.Length;
        var citations = new CitationParser(hits.Length);
        var text = new StringBuilder();
        var tokens = 0;
        await foreach (var token in device.GenerateAsync(prompt, request.Sampling, cancellationToken).ConfigureAwait(false))
        {
            tokens++;
            text.Append(token.Text);
            yield return new TokenEvent(token);
            foreach (var (number, position) in citations.Add(token.Text))
                yield return new CitationEvent(number, hits[number - 1].Id, position);
        }

        yield return new DoneEvent(text.ToString(), tokens, tokens < request.Sampling.MaxTokens ? AnswerEnd.Complete : AnswerEnd.Length, promptTokens);
    }
}
