using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;

namespace UnifiedVlm.Bench.Training;

/// <summary>Both sides over one batch, in turns.</summary>
internal static class Comparison
{
    private const double LossTolerance = 1e-4;
    private const double NormTolerance = 1e-3;

    private static readonly string[] Layouts = ["packed", "padded"];

    /// <returns>For each work the median of both sides, Python's in its better layout.</returns>
    /// <exception cref="InvalidOperationException">The two do not compute the same.</exception>
    public static IReadOnlyList<ComparedWork> Run(ModelConfig config, TrainingBatch batch, int threads, int rounds, int count, Action<string> report)
    {
        var folder = Directory.CreateTempSubdirectory("uvlm-bench-").FullName;
        try
        {
            using var model = SeededWeights.Create(config, 1);
            ModelCheckpoint.Save(model, folder);
            batch.Save(Path.Combine(folder, "batch.safetensors"), config);
            using var python = new PythonSide(folder, threads);
            using var own = new OwnSide(model, batch);
            report($"{batch.Name}: {batch.Lengths.Length} sequences, {batch.Tokens} tokens, {batch.Rows.Length} targets; torch {python.Version}");
            Agree(own, python, report);
            return Measure(own, python, rounds, count, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The loss of every work, the norm of the gradients and the loss after a step, from the same weights.</summary>
    private static void Agree(OwnSide own, PythonSide python, Action<string> report)
    {
        foreach (var work in new[] { new Work(false, false), new Work(true, false), new Work(false, false) })
        {
            var (ours, theirs) = (own.Run(work, 1), python.Run(work, Layouts[0], 1));
            report($"  {work}: loss {ours.Loss:F6} and {theirs.Loss:F6}, norm {ours.Norm:F5} and {theirs.Norm:F5}");
            if (Differs(ours.Loss, theirs.Loss, LossTolerance) || Differs(ours.Norm, theirs.Norm, NormTolerance))
                throw new InvalidOperationException($"{work}: the two sides do not compute the same.");
        }

        var padded = python.Run(new Work(false, false), Layouts[1], 1);
        if (Differs(padded.Loss, own.Run(new Work(false, false), 1).Loss, LossTolerance))
            throw new InvalidOperationException("Python's padded layout does not compute the same.");
    }

    private static List<ComparedWork> Measure(OwnSide own, PythonSide python, int rounds, int count, Action<string> report)
    {
        var ours = Work.All.ToDictionary(static w => w, static _ => new List<Measured>());
        var theirs = Work.All.SelectMany(static w => Layouts.Select(l => (w, l))).ToDictionary(static k => k, static _ => new List<Measured>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var work in Work.All)
            {
                ours[work].Add(own.Run(work, count));
                foreach (var layout in Layouts)
                    theirs[(work, layout)].Add(python.Run(work, layout, count));
            }

            report($"  round {round}{(round == 0 ? " (warm-up, not counted)" : "")}");
        }

        return [.. Work.All.Select(work => new ComparedWork(
            work,
            Median(ours[work]),
            Layouts.Select(layout => (layout, Median(theirs[(work, layout)]))).MinBy(static l => l.Item2.Seconds)))];
    }

    private static Measured Median(List<Measured> runs) => runs.Skip(1).OrderBy(static r => r.Seconds).ElementAt((runs.Count - 1) / 2);

    private static bool Differs(double a, double b, double tolerance) => Math.Abs(a - b) > tolerance * Math.Max(Math.Abs(a), Math.Abs(b));
}
