using System.Diagnostics;
using UnifiedVlm.Bench.Ingest;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Devices;

/// <summary>What one setup does with the documents and prompts of all.</summary>
internal sealed class Measurement(string folder, IReadOnlyList<PreparedDocument> documents)
{
    private const int Rounds = 3;
    private const int TextTokens = 64;
    private const int PromptTokens = 64;
    private const int Texts = 32;

    public SetupResult Run(Setup setup, int threads)
    {
        torch.set_float32_matmul_precision(setup.Products);
        torch.set_num_threads(threads);
        using var model = UnifiedModelLoader.Load(folder, setup.Device, seed: 1, EncoderOptions.For(torch.device(setup.Device), threads),
            generation: new GenerationOptions { CacheBytes = 2L << 30 }, type: setup.Type);
        var embeddings = Encode(model);
        var seconds = Fastest(() => Encode(model));
        var flops = new FlopCount(model.Network.Config);
        var one = Generate(model, 1);
        var many = Generate(model, Texts);
        return new SetupResult
        {
            Setup = setup,
            Embeddings = embeddings,
            TokensPerSecond = documents.Sum(static d => (double)d.TokenCount) / seconds,
            DocumentsPerSecond = documents.Count / seconds,
            FlopPerSecond = documents.Sum(flops.Of) / seconds,
            PeakFlopPerSecond = Peak.Measure(setup),
            Texts = many.Ids,
            OneTextTokensPerSecond = one.Ids.Sum(static ids => (double)ids.Count) / one.Seconds,
            ManyTextsTokensPerSecond = many.Ids.Sum(static ids => (double)ids.Count) / many.Seconds,
        };
    }

    private IReadOnlyList<SequenceEmbedding> Encode(UnifiedModel model) => model.Encoder.Encode(documents, CancellationToken.None);

    private static (List<int>[] Ids, double Seconds) Generate(UnifiedModel model, int texts)
    {
        var ids = Array.Empty<List<int>>();
        var seconds = Fastest(() => ids = Continue(model, texts));
        return (ids, seconds);
    }

    /// <summary>Greedy texts side by side, each from a prompt of its own that no other shares.</summary>
    private static List<int>[] Continue(UnifiedModel model, int texts)
    {
        var running = Enumerable.Range(0, texts)
            .Select(text => model.Generator.TryBegin(Prompt(model, text), SamplingOptions.Greedy with { MaxTokens = TextTokens })!).ToList();
        var ids = running.ConvertAll(static _ => new List<int>());
        var left = Enumerable.Range(0, texts).ToList();
        while (left.Count > 0)
        {
            var steps = model.Generator.Step(left.ConvertAll(i => running[i]), PromptTokens * texts);
            foreach (var (step, place) in steps.Zip(left.ToArray()))
            {
                if (step.Failure is { } failure)
                    throw failure;
                if (step.Token is { } token)
                    ids[place].Add(token.Id);
            }

            left.RemoveAll(i => running[i].IsFinished);
        }

        running.ForEach(static text => text.Dispose());
        return [.. ids];
    }

    private static GenerationPrompt Prompt(UnifiedModel model, int text)
    {
        var dice = new Random(text);
        return new GenerationPrompt(new PreparedWindow([.. Enumerable.Range(0, PromptTokens).Select(_ => dice.Next(300, model.Tokenizer.Size - 100))], [], null, 0, 0));
    }

    private static double Fastest(Action action) => Enumerable.Range(0, Rounds).Min(_ =>
    {
        var begin = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    });
}
