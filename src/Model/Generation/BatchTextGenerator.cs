using System.Text;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Model.Generation;

/// <summary>
/// Continues many prompts at once: a step reads the weights once for all the texts of a thread, and a text that ends makes room for the next
/// prompt. For work that waits for the whole, not for the next token. Up to rounding a text does not depend on its neighbours. One caller
/// at a time, and not while the encoder runs: they share their threads.
/// </summary>
public sealed class BatchTextGenerator
{
    private const int TextsPerThread = 32;
    private const int PromptTokensPerPass = 1024;

    private readonly TextGenerator generator;
    private readonly AdapterLibrary adapters;
    private readonly PassWorkers workers;

    internal BatchTextGenerator(TextGenerator generator, AdapterLibrary adapters, PassWorkers workers)
    {
        this.generator = generator;
        this.adapters = adapters;
        this.workers = workers;
    }

    /// <returns>One text per request, in the order given.</returns>
    /// <exception cref="UnknownAdapterException">A request names an adapter that the model folder does not have.</exception>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<TextRequest> requests, CancellationToken cancellationToken)
    {
        var texts = new GeneratedText[requests.Count];
        foreach (var group in Enumerable.Range(0, requests.Count).GroupBy(i => requests[i].Sampling.Adapter))
        {
            var adapter = group.Key is { } name ? adapters.Find(name) : null;

            // The longest first: what is left at the end, while other threads have nothing more to take, is short.
            var waiting = new Waiting([.. group.OrderByDescending(i => requests[i].Prompt.Window.TokenIds.Length)]);
            var threads = Math.Min(workers.Threads, (waiting.Count + TextsPerThread - 1) / TextsPerThread);
            workers.Run(threads, _ => Run(requests, texts, waiting, adapter, cancellationToken));
        }

        return texts;
    }

    private void Run(IReadOnlyList<TextRequest> requests, GeneratedText[] texts, Waiting waiting, LoraAdapter? adapter, CancellationToken cancellationToken)
    {
        var running = new List<Member>();
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var admitted = Admit(requests, running, waiting);
                if (running.Count == 0)
                    return;
                Step(admitted.Count > 0 ? admitted : running, adapter);
                foreach (var done in running.Where(static member => member.Text.IsFinished))
                {
                    texts[done.Request] = new GeneratedText(done.Written.ToString(), done.Tokens, done.HasEnded);
                    done.Text.Dispose();
                }

                running.RemoveAll(static member => member.Text.IsFinished);
            }
        }
        finally
        {
            foreach (var member in running)
                member.Text.Dispose();
        }
    }

    /// <summary>Prompts to be read in the next pass, as many as there is room for.</summary>
    private List<Member> Admit(IReadOnlyList<TextRequest> requests, List<Member> running, Waiting waiting)
    {
        var admitted = new List<Member>();
        var tokens = 0;
        while (running.Count < TextsPerThread && tokens < PromptTokensPerPass && waiting.Take() is { } request)
        {
            var member = new Member(request, generator.Begin(requests[request].Prompt, requests[request].Sampling));
            admitted.Add(member);
            running.Add(member);
            tokens += member.Text.Next.Length;
        }

        return admitted;
    }

    private void Step(List<Member> members, LoraAdapter? adapter)
    {
        var chosen = generator.Step(members.ConvertAll(static member => member.Text), adapter);
        for (var i = 0; i < chosen.Length; i++)
            members[i].Add(chosen[i]);
    }

    /// <summary>Requests that no thread has begun.</summary>
    private sealed class Waiting(int[] order)
    {
        private int next = -1;

        public int Count => order.Length;

        public int? Take() => Interlocked.Increment(ref next) is var place && place < order.Length ? order[place] : null;
    }

    private sealed class Member(int request, RunningText text)
    {
        public int Request => request;

        public RunningText Text => text;

        public StringBuilder Written { get; } = new();

        public int Tokens { get; private set; }

        /// <summary>By the model, not by the limit.</summary>
        public bool HasEnded { get; private set; }

        public void Add(GeneratedToken? token)
        {
            HasEnded = token is null;
            Written.Append(token?.Text);
            Tokens += token is null ? 0 : 1;
        }
    }
}
