using System.Diagnostics;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Alignment;
using UnifiedVlm.Training.Losses;

namespace UnifiedVlm.Bench.Losses;

/// <summary>What the batch-level losses cost a step, median of 30 runs.</summary>
internal static class LossTiming
{
    private const int Width = 256;

    public static void Run()
    {
        Console.WriteLine($"{AlignmentKernel.BestInstructions}, {Environment.ProcessorCount} cores; ms, median of 30");
        torch.set_num_threads(1);
        foreach (var (sequences, parts) in new[] { (64, 6), (128, 6), (64, 12), (16, 64) })
        {
            foreach (var threads in new[] { 1, 2 })
                Alignment(sequences, parts, threads);
        }

        foreach (var pairs in new[] { 128, 512, 1024 })
            Contrastive(pairs);
    }

    private static void Alignment(int count, int parts, int threads)
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, count * parts).SelectMany(_ => UnitVectors.Next(random, Width)).ToArray();
        var offsets = Enumerable.Range(0, count + 1).Select(s => s * parts).ToArray();
        var weights = Enumerable.Range(0, count * count).Select(_ => (float)random.NextDouble()).ToArray();
        var (gradient, second) = (new float[rows.Length], new float[rows.Length]);
        var options = new AlignmentOptions { Threads = threads };
        var loss = new SimilarityMatrixLoss(new SimilarityOptions { Alignment = options });
        using var tensor = torch.tensor(rows, [count * parts, Width]);
        var lengths = Enumerable.Repeat(parts, count).ToArray();
        var score = Median(() => AlignmentKernel.SymmetricLogKernel(new PackedSequences(rows, offsets, Width), 0.5f, weights.ToArray(), options));
        var all = Median(() => AlignmentKernel.LogKernelGradients(
            new PackedSequences(rows, offsets, Width), new PackedSequences(rows, offsets, Width), 0.5f, weights, gradient, second, options));
        var half = Median(() => AlignmentKernel.SymmetricLogKernelGradients(new PackedSequences(rows, offsets, Width), 0.5f, weights, gradient, options));
        var whole = Median(() => loss.Evaluate(tensor, lengths, weights).Gradient.Dispose());
        Console.WriteLine(
            $"{count} x {count} sequences of {parts} x {Width}, {threads} threads: log K of each pair once {score:F2}, gradients of each pair once {half:F2}, "
            + $"of all {count * count} pairs {all:F2}, whole L_d {whole:F2}");
    }

    private static void Contrastive(int pairs)
    {
        using var scope = torch.NewDisposeScope();
        var (left, right) = (torch.nn.functional.normalize(torch.randn(pairs, Width)), torch.nn.functional.normalize(torch.randn(pairs, Width)));
        var time = Median(() =>
        {
            using var inner = torch.NewDisposeScope();
            InfoNce.Evaluate(left, right, 3);
        });
        Console.WriteLine($"InfoNCE, {pairs} pairs x {Width}, 1 thread: {time:F2}");
    }

    private static double Median(Action action)
    {
        var times = new double[30];
        for (var warm = 0; warm < 5; warm++)
            action();
        for (var run = 0; run < times.Length; run++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            times[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[times.Length / 2];
    }
}
