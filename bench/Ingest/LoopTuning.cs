using System.Globalization;
using UnifiedVlm.Model;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>The bare loop alone with several sizes of a pass, in turns, so that whatever else the machine does meets all of them alike.</summary>
internal static class LoopTuning
{
    public static int Run(BenchOptions options, Corpus corpus, IReadOnlyList<int> sizes)
    {
        var models = sizes.Select(size =>
        {
            var own = options with { TokensPerPass = size };
            var model = UnifiedModelLoader.Load(own.Model, "cpu", seed: 1, own.Encoding);
            return (Size: size, Model: model, Loop: new BareLoop(model, own));
        }).ToArray();
        foreach (var (_, _, loop) in models)
            loop.Run(corpus.WarmUpJson);
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var (size, _, loop) in models)
            {
                var peak = SgemmPeak.Measure();
                var run = loop.Run(corpus.Json);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round}, {size,5} tokens a pass: {run.Seconds,6:F2} s, {run.ProcessorSeconds,6:F2} CPU s, {run.Flop / run.ProcessorSeconds / 1e9,5:F1} GFLOP/s a CPU s (sgemm {peak / 1e9:F1}), encode {run.EncodeSeconds:F2} s, prepare {run.PrepareProcessorSeconds:F2} thread-s"));
            }
        }

        foreach (var (_, model, _) in models)
            model.Dispose();
        return 0;
    }
}
