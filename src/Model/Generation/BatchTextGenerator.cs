using System.Runtime.ExceptionServices;
using System.Text;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Generation;

/// <summary>
/// Continues many prompts on many threads: a step reads the weights once for all the texts of a thread, and a text that ends makes room for the
/// next prompt. For work that waits for the whole, not for the next token. Up to rounding a text does not depend on its neighbours. One caller
/// at a time, and not while the encoder runs: they share their threads.
/// </summary>
public sealed class BatchTextGenerator
{
    // The signs don't depend on what they weigh.
    private static readonly RefusalSettings Anything = new() { RefusalWeight = 0, QuestionWeight = 0, Bias = 0 };

    private readonly int textsPerThread;
    private readonly int promptTokensPerPass;
    private readonly TextGenerator generator;
    private readonly PassWorkers workers;

    internal BatchTextGenerator(TextGenerator generator, PassWorkers workers)
    {
        this.generator = generator;
        this.workers = workers;

        // A GPU takes hardly longer for many texts than for one.
        (textsPerThread, promptTokensPerPass) = generator.Device.type == DeviceType.CPU ? (32, 1024) : (256, 8 * 1024);
    }

    /// <returns>One text per request, in the order given.</returns>
    /// <exception cref="Adapters.UnknownAdapterException">A request names an adapter that the model folder does not have.</exception>
    /// <exception cref="ModelOutputException">For one of them the model's probabilities are no numbers.</exception>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<TextRequest> requests, CancellationToken cancellationToken)
    {
        var texts = new GeneratedText[requests.Count];
        Run(requests, generator.Refusal, (request, member) => texts[request] = new GeneratedText(member.Written.ToString(), member.Tokens, member.HasEnded), cancellationToken);
        return texts;
    }

    /// <summary>What a checkpoint's <c>refusal.json</c> decides by, whether it has one or not.</summary>
    /// <returns>In the order given; null for a prompt whose refusal is left to the model's own words.</returns>
    public IReadOnlyList<RefusalSigns?> Signs(IReadOnlyList<GenerationPrompt> prompts, CancellationToken cancellationToken)
    {
        var signs = new RefusalSigns?[prompts.Count];
        TextRequest[] requests = [.. prompts.Select(static prompt => new TextRequest(prompt, SamplingOptions.Greedy with { MaxTokens = 1 }))];
        Run(requests, generator.Refusal ?? Anything, (request, member) => signs[request] = member.Text.Signs, cancellationToken);
        return signs;
    }

    private void Run(IReadOnlyList<TextRequest> requests, RefusalSettings? refusal, Action<int, Member> finish, CancellationToken cancellationToken)
    {
        // The longest first: what is left at the end, while other threads have nothing more to take, is short.
        var waiting = new Waiting([.. Enumerable.Range(0, requests.Count).OrderByDescending(i => requests[i].Prompt.Window.TokenIds.Length)]);
        var threads = Math.Min(workers.Threads, (waiting.Count + textsPerThread - 1) / textsPerThread);
        workers.Run(threads, _ => Run(requests, refusal, finish, waiting, cancellationToken));
    }

    private void Run(IReadOnlyList<TextRequest> requests, RefusalSettings? refusal, Action<int, Member> finish, Waiting waiting, CancellationToken cancellationToken)
    {
        using var pool = generator.NewPool(textsPerThread);
        var running = new List<Member>();
        Member? next = null;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                while (running.Count < textsPerThread && (next ??= Member.Of(waiting.Take())) is { } member && member.TryBegin(generator, pool, requests, refusal))
                {
                    running.Add(member);
                    next = null;
                }

                if (running.Count == 0)
                    return;
                Step(running);
                foreach (var done in running.Where(static member => member.Text.IsFinished))
                {
                    finish(done.Request, done);
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

    private void Step(List<Member> members)
    {
        var steps = generator.Step(members.ConvertAll(static member => (ITextGeneration)member.Text), promptTokensPerPass);
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Failure is { } failure)
                ExceptionDispatchInfo.Throw(failure);
            members[i].Add(steps[i].Token);
        }
    }

    /// <summary>Requests that no thread has begun.</summary>
    private sealed class Waiting(int[] order)
    {
        private int next = -1;

        public int Count => order.Length;

        public int? Take() => Interlocked.Increment(ref next) is var place && place < order.Length ? order[place] : null;
    }

    private sealed class Member(int request)
    {
        private RunningText? text;

        public int Request => request;

        public RunningText Text => text!;

        public StringBuilder Written { get; } = new();

        public int Tokens { get; private set; }

        /// <summary>By the model, not by the limit.</summary>
        public bool HasEnded => Text.HasEnded;

        public static Member? Of(int? request) => request is { } taken ? new Member(taken) : null;

        public bool TryBegin(TextGenerator generator, KeyValuePool pool, IReadOnlyList<TextRequest> requests, RefusalSettings? refusal) =>
            (text = generator.TryBegin(pool, requests[request].Prompt, requests[request].Sampling, refusal)) is not null;

        public void Add(GeneratedToken? token)
        {
            Written.Append(token?.Text);
            Tokens += token is null ? 0 : 1;
        }
    }
}
