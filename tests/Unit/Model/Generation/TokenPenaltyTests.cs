using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Tests.Unit.Model.Generation;

public sealed class TokenPenaltyTests
{
    private static readonly float[] Logits = [1, 3, 2.5f, 0, -1];
    private static readonly HashSet<int> None = [];

    [Fact]
    public void A_repeated_token_gives_way_by_the_penalty_of_presence_once_and_of_frequency_each_time()
    {
        var presence = new TokenSampler(SamplingOptions.Greedy with { PresencePenalty = 0.6f });
        presence.Observe(1);
        presence.Observe(1);
        Assert.Equal(2, presence.Choose(Logits, None));

        var frequency = new TokenSampler(SamplingOptions.Greedy with { FrequencyPenalty = 0.3f });
        frequency.Observe(1);
        Assert.Equal(1, frequency.Choose(Logits, None));
        frequency.Observe(1);
        Assert.Equal(2, frequency.Choose(Logits, None));
    }

    [Fact]
    public void The_repetition_penalty_divides_what_is_positive_and_multiplies_what_is_not_once_a_token()
    {
        var sampler = new TokenSampler(SamplingOptions.Greedy with { RepetitionPenalty = 2 }, prompt: [1, 1, 4, 99]);
        Assert.Equal(2, sampler.Choose(Logits, None));
        sampler.Observe(2);
        Assert.Equal(1, sampler.Choose(Logits, None)); // 1.5 against 1.25 and 1
        sampler.Observe(2);
        Assert.Equal(1, sampler.Choose(Logits, None));
        Assert.Equal(4, sampler.Choose([-9, -9, -9, -9, -4], None)); // -8 against -9 and -18
        Assert.Equal(0, sampler.Choose([-9, -9, -9, -9, -4.6f], None));
    }

    [Fact]
    public void Min_p_keeps_what_is_likely_enough_beside_the_likeliest()
    {
        // Beside id 1: 0.61 for id 2, 0.14 for id 0, 0.05 for id 3.
        Assert.Equal([1, 2], Drawn(0.5f));
        Assert.Equal([0, 1, 2], Drawn(0.1f));
        Assert.Equal([1], Drawn(1));
    }

    [Theory]
    [InlineData(float.NaN, 1, 0)]
    [InlineData(1.5f, 1, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(0, float.NaN, 0)]
    [InlineData(0, 1, float.PositiveInfinity)]
    public void Options_out_of_range_are_refused(float minP, float repetition, float presence) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingOptions { MinP = minP, RepetitionPenalty = repetition, PresencePenalty = presence }));

    private static int[] Drawn(float minP)
    {
        var sampler = new TokenSampler(new SamplingOptions { Temperature = 1, MinP = minP });
        return [.. Enumerable.Range(0, 500).Select(_ => sampler.Choose(Logits, None)).Distinct().Order()];
    }
}
