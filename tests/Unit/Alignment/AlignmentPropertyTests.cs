using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Tests.Unit.Alignment;

public class AlignmentPropertyTests
{
    private const float Sigma = 0.6f;
    private const float Gamma = 0.2f;

    private delegate void Measure(PackedSequences x, PackedSequences y, Span<float> result, AlignmentOptions? options);

    private static readonly (string Name, Measure Compute)[] Measures =
    [
        ("log kernel", static (x, y, r, o) => AlignmentKernel.LogKernel(x, y, Sigma, r, o)),
        ("normalised", static (x, y, r, o) => AlignmentKernel.NormalizedLogKernel(x, y, Sigma, r, o)),
        ("dtw", static (x, y, r, o) => AlignmentKernel.Dtw(x, y, r, o)),
        ("soft-dtw", static (x, y, r, o) => AlignmentKernel.SoftDtw(x, y, Gamma, r, o)),
        ("maxsim", static (x, y, r, o) => AlignmentKernel.MaxSim(x, y, r, o)),
        ("mean", static (x, y, r, o) => AlignmentKernel.MeanCosine(x, y, r, o)),
    ];

    [Fact]
    public void Equals_the_enumeration_of_all_paths() => ForAll(4, 5, static (x, y) =>
    {
        var (a, b, d) = (x.RowsOf(0), y.RowsOf(0), x.Dimension);
        Span<float> value = new float[1];
        AlignmentKernel.LogKernel(PackedSequences.Single(a, d), PackedSequences.Single(b, d), Sigma, value);
        AssertClose(PathEnumeration.LogKernel(a, b, d, Sigma), value[0], 1e-5);
        AlignmentKernel.Dtw(PackedSequences.Single(a, d), PackedSequences.Single(b, d), value);
        AssertClose(PathEnumeration.Dtw(a, b, d), value[0], 1e-5);
        AlignmentKernel.SoftDtw(PackedSequences.Single(a, d), PackedSequences.Single(b, d), Gamma, value);
        AssertClose(PathEnumeration.SoftDtw(a, b, d, Gamma), value[0], 1e-5);
    });

    [Fact]
    public void Is_symmetric_where_the_definition_is() => ForAll(30, 40, static (x, y) =>
    {
        foreach (var (name, compute) in Measures.Where(static m => m.Name != "maxsim"))
        {
            var forward = Run(compute, x, y, null);
            var backward = Run(compute, y, x, null);
            for (var a = 0; a < x.Count; a++)
            {
                for (var b = 0; b < y.Count; b++)
                    AssertClose(forward[a * y.Count + b], backward[b * x.Count + a], 1e-5, name);
            }
        }
    });

    [Fact]
    public void Normalised_kernel_is_at_most_one_and_one_for_a_sequence_and_itself() => ForAll(30, 40, static (x, y) =>
    {
        Assert.All(Run(Measures[1].Compute, x, y, null), static value => Assert.True(value <= 0));
        for (var s = 0; s < x.Count; s++)
        {
            Span<float> self = new float[1];
            var rows = PackedSequences.Single(x.RowsOf(s), x.Dimension);
            AlignmentKernel.NormalizedLogKernel(rows, rows, Sigma, self);
            Assert.Equal(0, self[0]);
        }
    });

    [Fact]
    public void A_batch_and_its_members_alone_agree_to_the_bit() => ForAll(30, 40, static (x, y) =>
    {
        foreach (var (name, compute) in Measures)
        {
            var batch = Run(compute, x, y, null);
            for (var a = 0; a < x.Count; a++)
            {
                for (var b = 0; b < y.Count; b++)
                {
                    Span<float> single = new float[1];
                    compute(PackedSequences.Single(x.RowsOf(a), x.Dimension), PackedSequences.Single(y.RowsOf(b), y.Dimension), single, null);
                    Assert.True(single[0].Equals(batch[a * y.Count + b]), $"{name}: {single[0]} alone, {batch[a * y.Count + b]} in the batch");
                }
            }
        }
    });

    [Fact]
    public void Threads_change_nothing() => ForAll(30, 40, static (x, y) =>
    {
        foreach (var (_, compute) in Measures)
            Assert.Equal(Run(compute, x, y, null), Run(compute, x, y, new AlignmentOptions { Threads = 5 }));
    });

    [Fact]
    public void Instruction_sets_agree() => ForAll(30, 40, static (x, y) =>
    {
        foreach (var (name, compute) in Measures)
        {
            var baseline = Run(compute, x, y, new AlignmentOptions { Instructions = VectorInstructions.Baseline });
            for (var set = VectorInstructions.Avx2; set <= AlignmentKernel.BestInstructions; set++)
            {
                var wide = Run(compute, x, y, new AlignmentOptions { Instructions = set });
                for (var k = 0; k < wide.Length; k++)
                    AssertClose(baseline[k], wide[k], 2e-6, $"{name} with {set}");
            }
        }
    });

    private static float[] Run(Measure compute, Sequences x, Sequences y, AlignmentOptions? options)
    {
        var result = new float[x.Count * y.Count];
        compute(x.Packed, y.Packed, result, options);
        return result;
    }

    /// <summary>Random batches: 1 to 4 sequences against 1 to 40, dimensions that are and are not multiples of a vector's width.</summary>
    private static void ForAll(int maxX, int maxY, Action<Sequences, Sequences> property)
    {
        var cases =
            from seed in Gen.Choose(0, int.MaxValue)
            from dimension in Gen.Elements(1, 2, 3, 7, 8, 15, 16, 17, 33, 64, 100)
            from countX in Gen.Choose(1, 4)
            from countY in Gen.Choose(1, 40)
            from lengthX in Gen.Choose(1, maxX)
            from lengthY in Gen.Choose(1, maxY)
            select (X: Sequences.Random(seed, countX, lengthX, dimension), Y: Sequences.Random(seed ^ 0x5bd1e995, countY, lengthY, dimension));
        Prop.ForAll(cases.ToArbitrary(), c => property(c.X, c.Y)).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static void AssertClose(double expected, double actual, double tolerance, string what = "") =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{what}: {expected} against {actual}");
}
