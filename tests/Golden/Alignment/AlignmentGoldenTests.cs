using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Tests.Golden.Alignment;

public class AlignmentGoldenTests
{
    public static TheoryData<int, VectorInstructions> Pairs
    {
        get
        {
            var data = new TheoryData<int, VectorInstructions>();
            for (var pair = 0; pair < AlignmentPair.All.Count; pair++)
            {
                for (var set = VectorInstructions.Baseline; set <= AlignmentKernel.BestInstructions; set++)
                    data.Add(pair, set);
            }

            return data;
        }
    }

    [Fact]
    public void The_data_holds_nineteen_pairs() => Assert.Equal(19, AlignmentPair.All.Count);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Forward_values_match_the_enumeration_of_all_paths(int index, VectorInstructions instructions)
    {
        var pair = AlignmentPair.All[index];
        var x = PackedSequences.Single(AlignmentPair.Flatten(pair.X), pair.Dimension);
        var y = PackedSequences.Single(AlignmentPair.Flatten(pair.Y), pair.Dimension);
        var options = new AlignmentOptions { Instructions = instructions };
        var value = new float[1];

        AlignmentKernel.LogKernel(x, y, pair.Sigma, value, options);
        AssertClose(pair.LogKernel, value[0]);

        AlignmentKernel.NormalizedLogKernel(x, y, pair.Sigma, value, options);
        AssertClose(Math.Log(pair.Normalised), value[0]);
        AssertClose(pair.Normalised, Math.Exp(value[0]));

        AlignmentKernel.Dtw(x, y, value, options);
        AssertClose(pair.Dtw, value[0]);

        AlignmentKernel.SoftDtw(x, y, 0.1f, value, options);
        AssertClose(pair.SoftDtw, value[0]);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Gradients_match_central_differences_over_all_paths(int index, VectorInstructions instructions)
    {
        var pair = AlignmentPair.All[index];
        var (x, y) = (AlignmentPair.Flatten(pair.X), AlignmentPair.Flatten(pair.Y));
        var options = new AlignmentOptions { Instructions = instructions };
        var (dx, dy) = (new float[x.Length], new float[y.Length]);
        AlignmentKernel.LogKernelGradients(
            PackedSequences.Single(x, pair.Dimension), PackedSequences.Single(y, pair.Dimension), pair.Sigma, [1], dx, dy, options);

        // The file has the gradient where the pair is small; the others' paths are enumerated here, in double precision too.
        var expected = pair.Gradient?.SelectMany(static row => row).ToArray() ?? PathGradients.OfLogKernel(x, y, pair.Dimension, pair.Sigma);
        AssertGradient(expected, dx);
        AssertGradient(PathGradients.OfLogKernel(y, x, pair.Dimension, pair.Sigma), dy);
    }

    private static void AssertGradient(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var k = 0; k < expected.Length; k++)
            Assert.InRange(Math.Abs(expected[k] - actual[k]), 0, 1e-4);
    }

    private static void AssertClose(double expected, double actual) =>
        Assert.InRange(Math.Abs(expected - actual), 0, 1e-5 * Math.Max(1, Math.Abs(expected)));
}
