using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Tests.Unit.Alignment;

public class AlignmentKernelTests
{
    // Four axes of a space: distances are 0 or 2, cosines 1 or 0.
    private static readonly float[] A = [1, 0, 0, 0];
    private static readonly float[] B = [0, 1, 0, 0];
    private static readonly float[] C = [0, 0, 1, 0];
    private static readonly float[] D = [0, 0, 0, 1];

    [Fact]
    public void Nearly_equal_vectors_keep_their_distance()
    {
        // |x|^2 + |y|^2 - 2xy in float32 would be 0 or a multiple of 1.2e-7 here.
        float[] x = [1, 0, 0, 0];
        float[] y = [1, 1e-5f, 0, 0];
        var dtw = new float[1];
        AlignmentKernel.Dtw(PackedSequences.Single(x, 4), PackedSequences.Single(y, 4), dtw);
        Assert.Equal(1e-10, dtw[0], 1e-15);
    }

    [Fact]
    public void Long_sequences_stay_finite()
    {
        var random = new Random(3);
        var x = PackedSequences.Single(Sequences.UnitRows(random, 700, 16), 16);
        var y = PackedSequences.Single(Sequences.UnitRows(random, 900, 16), 16);
        var value = new float[1];
        foreach (var sigma in new[] { AlignmentKernel.MinWidth, 0.05f, 1, AlignmentKernel.MaxWidth })
        {
            AlignmentKernel.LogKernel(x, y, sigma, value);
            Assert.True(float.IsFinite(value[0]), $"sigma {sigma}: {value[0]}");
        }
    }

    [Fact]
    public void Best_path_pairs_equal_parts_in_order()
    {
        float[] query = [.. A, .. B, .. C];
        float[] candidate = [.. A, .. A, .. B, .. D, .. C];
        foreach (var cost in Enum.GetValues<PathCost>())
        {
            var path = AlignmentKernel.BestPath(query, candidate, 4, cost);
            Assert.Contains(new AlignedPair(0, 0, 1), path);
            Assert.Contains(new AlignedPair(0, 1, 1), path);
            Assert.Contains(new AlignedPair(1, 2, 1), path);
            Assert.Contains(new AlignedPair(2, 4, 1), path);
            Assert.Equal(5, path.Length);
        }
    }

    [Fact]
    public void Best_path_is_a_path_and_costs_what_dtw_says()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            int n = random.Next(1, 12), m = random.Next(1, 12);
            var x = Sequences.UnitRows(random, n, 5);
            var y = Sequences.UnitRows(random, m, 5);
            var path = AlignmentKernel.BestPath(x, y, 5);

            Assert.Equal((0, 0), (path[0].QueryPart, path[0].CandidatePart));
            Assert.Equal((n - 1, m - 1), (path[^1].QueryPart, path[^1].CandidatePart));
            foreach (var (before, after) in path.Zip(path.Skip(1)))
                Assert.Contains((after.QueryPart - before.QueryPart, after.CandidatePart - before.CandidatePart), new[] { (0, 1), (1, 0), (1, 1) });

            var dtw = new float[1];
            AlignmentKernel.Dtw(PackedSequences.Single(x, 5), PackedSequences.Single(y, 5), dtw);
            Assert.Equal(dtw[0], path.Sum(static p => 2 - 2 * p.Similarity), 1e-4); // unit vectors: d = 2 - 2 cos
        }
    }

    [Fact]
    public void Order_counts_for_alignment_and_not_for_pooling()
    {
        float[] query = [.. A, .. B, .. C];
        float[] packed = [.. A, .. B, .. C, .. C, .. B, .. A];
        int[] offsets = [0, 3, 6];
        var scores = new float[2];
        foreach (var score in Enum.GetValues<RankingScore>())
        {
            AlignmentKernel.Rank(query, new PackedSequences(packed, offsets, 4), scores, new RankingOptions { Score = score });
            if (score is RankingScore.MaxSim or RankingScore.Mean)
                Assert.Equal(scores[0], scores[1], 1e-6);
            else
                Assert.True(scores[0] > scores[1] + 0.1, $"{score}: {scores[0]} in order, {scores[1]} reversed");
        }
    }

    [Fact]
    public void Ranking_does_not_punish_length_itself()
    {
        // Nothing in common with the query: three parts or nine, the score per step is about the same.
        float[] query = [.. A, .. A, .. A];
        float[] packed = [.. B, .. C, .. D, .. B, .. C, .. D, .. B, .. C, .. D, .. B, .. C, .. D];
        int[] offsets = [0, 3, 12];
        var scores = new float[2];
        foreach (var score in new[] { RankingScore.LogKernelPerStep, RankingScore.Dtw, RankingScore.SoftDtw })
        {
            AlignmentKernel.Rank(query, new PackedSequences(packed, offsets, 4), scores, new RankingOptions { Score = score });
            Assert.Equal(scores[0], scores[1], Math.Abs(scores[0]) * 0.15);
        }
    }

    [Fact]
    public void A_vector_of_zeros_has_cosine_zero()
    {
        var value = new float[1];
        var zero = PackedSequences.Single(new float[8], 4);
        AlignmentKernel.MaxSim(zero, PackedSequences.Single(A, 4), value);
        Assert.Equal(0, value[0]);
        AlignmentKernel.MeanCosine(PackedSequences.Single([.. A, -1, 0, 0, 0], 4), PackedSequences.Single(A, 4), value);
        Assert.Equal(0, value[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e30f)]
    public void An_unusable_vector_is_refused_by_name(float bad)
    {
        var random = new Random(1);
        var rows = Sequences.UnitRows(random, 60, 4);
        int[] offsets = [0, 10, 20, 30, 40, 50, 60];
        rows[45 * 4 + 3] = bad;
        var result = new float[6];
        var query = A;

        var candidates = Assert.Throws<UnusableVectorException>(() => AlignmentKernel.LogKernel(
            PackedSequences.Single(query, 4), new PackedSequences(rows, offsets, 4), 0.5f, result, new AlignmentOptions { Threads = 3 }));
        Assert.Equal(("y", 4), (candidates.Side, candidates.Sequence));

        var left = Assert.Throws<UnusableVectorException>(() => AlignmentKernel.Dtw(
            new PackedSequences(rows, offsets, 4), PackedSequences.Single(query, 4), result));
        Assert.Equal(("x", 4), (left.Side, left.Sequence));

        Assert.Throws<UnusableVectorException>(() => AlignmentKernel.BestPath(query, rows, 4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_width_that_means_nothing_is_refused(float width)
    {
        var value = new float[1];
        Assert.Throws<ArgumentOutOfRangeException>("sigma", () =>
            AlignmentKernel.LogKernel(PackedSequences.Single(A, 4), PackedSequences.Single(B, 4), width, value));
        Assert.Throws<ArgumentOutOfRangeException>("gamma", () =>
            AlignmentKernel.SoftDtw(PackedSequences.Single(A, 4), PackedSequences.Single(B, 4), width, value));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        var value = new float[1];
        Assert.Throws<ArgumentException>("y", () => AlignmentKernel.Dtw(PackedSequences.Single(A, 4), PackedSequences.Single(B, 2), value));
        Assert.Throws<ArgumentException>("x", () => AlignmentKernel.Dtw(default, PackedSequences.Single(B, 4), value));
        Assert.Throws<ArgumentException>("result", () => AlignmentKernel.Dtw(PackedSequences.Single(A, 4), PackedSequences.Single(B, 4), new float[2]));
        Assert.Throws<ArgumentException>("rows", () => PackedSequences.Single(A, 3));
        Assert.Throws<ArgumentException>("rows", () => PackedSequences.Single([], 3));
        Assert.Throws<ArgumentException>("offsets", () => new PackedSequences(A, [0, 0, 1], 4));
        Assert.Throws<ArgumentException>("offsets", () => new PackedSequences(A, [1, 1], 4));
        Assert.Throws<ArgumentException>("rows", () => new PackedSequences(A, [0, 2], 4));
    }
}
