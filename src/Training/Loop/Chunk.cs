using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Layout;

namespace UnifiedVlm.Training.Loop;

/// <summary>Sequences of one loss that go through the network together.</summary>
/// <param name="Rows">The sequences' numbers within their batch.</param>
internal sealed record Chunk(IReadOnlyList<TrainingSequence> Sequences, int[] Rows)
{
    public IReadOnlyList<PassSequence> Pass { get; } = [.. Sequences.Select(static s => s.Pass)];

    /// <summary>Divides sequences into chunks of at most so many tokens each, alike in length; the most expensive first.</summary>
    /// <param name="atLeast">Chunks wanted, so that no thread is idle.</param>
    public static List<Chunk> Divide(IReadOnlyList<TrainingSequence> sequences, int tokens, int atLeast)
    {
        // A picture goes through the vision encoder too.
        var cost = sequences.Sum(static s => (long)s.Tokens);
        var chunkCount = (int)Math.Max((cost + tokens - 1) / tokens, Math.Min(atLeast, sequences.Count));
        if (chunkCount % atLeast != 0 && chunkCount < sequences.Count)
            chunkCount = Math.Min(sequences.Count, chunkCount + atLeast - chunkCount % atLeast);

        // Longest first, each to the chunk that has least: shares come out even.
        var rows = Enumerable.Range(0, chunkCount).Select(static _ => new List<int>()).ToList();
        var loads = new PriorityQueue<int, (long, int)>();
        for (var c = 0; c < chunkCount; c++)
            loads.Enqueue(c, (0, c));
        foreach (var row in Enumerable.Range(0, sequences.Count).OrderByDescending(row => Weight(sequences[row])).ThenBy(static row => row))
        {
            loads.TryDequeue(out var chunk, out var load);
            rows[chunk].Add(row);
            loads.Enqueue(chunk, (load.Item1 + Weight(sequences[row]), chunk));
        }

        return [.. rows.Where(static r => r.Count > 0).Select(r => new Chunk([.. r.Select(row => sequences[row])], [.. r]))];
    }

    private static long Weight(TrainingSequence sequence) => sequence.Tokens + sequence.Places.Length + 32L * sequence.Pictures;
}
