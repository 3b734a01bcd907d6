using System.Text;
using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Model.Generation;

/// <summary>
/// Continues many prompts side by side, each on one thread with a cache of its own: for work that waits for the whole, not for the next
/// token. A text does not depend on its neighbours. One caller at a time, and not while the encoder runs: they share their threads.
/// </summary>
public sealed class BatchTextGenerator
{
    private readonly ITextGenerator generator;
    private readonly PassWorkers workers;

    internal BatchTextGenerator(ITextGenerator generator, PassWorkers workers)
    {
        this.generator = generator;
        this.workers = workers;
    }

    /// <returns>One text per request, in the order given.</returns>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<TextRequest> requests, CancellationToken cancellationToken)
    {
        // The longest first: what is left at the end, while other threads have nothing more to take, is short.
        var order = Enumerable.Range(0, requests.Count).OrderByDescending(i => requests[i].Prompt.Window.TokenIds.Length).ToArray();
        var texts = new GeneratedText[requests.Count];
        workers.Run(order.Length, i => texts[order[i]] = Generate(requests[order[i]], cancellationToken));
        return texts;
    }

    private GeneratedText Generate(TextRequest request, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var tokens = 0;
        foreach (var token in generator.Generate(request.Prompt, request.Sampling, cancellationToken))
        {
            text.Append(token.Text);
            tokens++;
        }

        return new GeneratedText(text.ToString(), tokens, tokens < request.Sampling.MaxTokens);
    }
}
