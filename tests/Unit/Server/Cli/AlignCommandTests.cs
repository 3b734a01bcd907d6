using System.Text.Json;
using UnifiedVlm.Server.Cli.Inspection;
using UnifiedVlm.Tests.Unit.Alignment;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

public class AlignCommandTests
{
    [Theory]
    [InlineData(60, 4.0)]
    [InlineData(150, 4.0)]
    [InlineData(150, 1.0)]
    public void Long_sequences_keep_the_digits_of_the_normalised_kernel(int length, double sigma)
    {
        const int Dimension = 8;
        var random = new Random(length);
        var x = Sequences.UnitRows(random, length, Dimension);
        var y = Sequences.UnitRows(random, length, Dimension);
        var (wideX, wideY) = (DoubleAlignment.Widen(x), DoubleAlignment.Widen(y));
        var expected = DoubleAlignment.LogKernel(wideX, wideY, Dimension, sigma)
            - (0.5 * (DoubleAlignment.LogKernel(wideX, wideX, Dimension, sigma) + DoubleAlignment.LogKernel(wideY, wideY, Dimension, sigma)));

        var result = AlignCommand.Align(JsonSerializer.SerializeToElement(new { x = x.Chunk(Dimension), y = y.Chunk(Dimension), sigma }));

        Assert.Equal(expected, Math.Log((double)result["normalised"]!), 1e-9);
    }
}
