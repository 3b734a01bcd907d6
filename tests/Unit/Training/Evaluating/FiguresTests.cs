using UnifiedVlm.Training.Evaluation.Results;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0.1234, "12.3", "+12.3")]
    [InlineData(-0.1234, "-12.3", "-12.3")]
    [InlineData(-0.0004, "0.0", "0.0")]
    [InlineData(0, "0.0", "0.0")]
    public void What_rounds_to_nothing_has_no_sign(double value, string percent, string signed)
        => Assert.Equal((percent, signed), (Figures.Percent(value), Figures.Signed(value)));
}
