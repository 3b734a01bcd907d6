using UnifiedVlm.Torch;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Layout;

/// <summary>The pairs of a batch.</summary>
/// <param name="Sides">2B sequences: the left sides, then the right sides.</param>
/// <param name="Twins">B x B: true where two different pairs are no negatives of each other, as they share a text.</param>
/// <param name="Groups">Of each pair, the number of its group.</param>
internal sealed record PairBatch(IReadOnlyList<TrainingSequence> Sides, bool[] Twins, int[] Groups)
{
    public int Count => Groups.Length;

    /// <summary>Null where no pair has a twin.</summary>
    public Tensor? TwinMask(Device device) => Twins.AsSpan().Contains(true) ? torch.tensor(Twins, [Count, Count], device: device) : null;

    public static PairBatch Of(IReadOnlyList<PairGroup> groups, IReadOnlyList<TrainingSequence> sides)
    {
        var pairs = groups.SelectMany(static (group, g) => group.Pairs.Select(pair => (Pair: pair, Group: g))).ToList();
        var left = Array.ConvertAll([.. pairs], static p => TextOf(p.Pair.Left));
        var right = Array.ConvertAll([.. pairs], static p => TextOf(p.Pair.Right));
        var twins = new bool[pairs.Count * pairs.Count];
        for (var i = 0; i < pairs.Count; i++)
        {
            for (var j = 0; j < pairs.Count; j++)
                twins[i * pairs.Count + j] = i != j && (Same(left[i], left[j]) || Same(right[i], right[j]));
        }

        return new PairBatch(sides, twins, [.. pairs.Select(static p => p.Group)]);
    }

    private static bool Same(string? a, string? b) => a is not null && string.Equals(a, b, StringComparison.Ordinal);

    /// <summary>Null where there is a picture: pictures are taken to differ.</summary>
    private static string? TextOf(Content content) => content.Parts.All(static part => part is TextContent)
        ? string.Join('\n', content.Parts.Select(static part => ((TextContent)part).Text))
        : null;
}
