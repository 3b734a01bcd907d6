using UnifiedVlm.Model;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Tests.Unit.Model.Generation;

public sealed class TokenSamplerTests
{
    private static readonly float[] Logits = [1, 3, 2, 0, -1];
    private static readonly HashSet<int> None = [];

    [Fact]
    public void Greedy_takes_the_likeliest_that_is_allowed()
    {
        Assert.Equal(1, new TokenSampler(SamplingOptions.Greedy).Choose(Logits, None));
        Assert.Equal(2, new TokenSampler(SamplingOptions.Greedy).Choose(Logits, new HashSet<int> { 1 }));
    }

    [Fact]
    public void Samples_follow_the_distribution()
    {
        var counts = Draw(new SamplingOptions { Temperature = 2, Seed = 3 }, 20_000);
        var weights = Logits.Select(static l => Math.Exp(l / 2)).ToArray();
        for (var i = 0; i < Logits.Length; i++)
            Assert.Equal(weights[i] / weights.Sum(), counts[i] / 20_000.0, 0.015);
    }

    [Fact]
    public void Top_k_and_top_p_cut_the_tail()
    {
        Assert.Equal([false, true, true, false, false], Draw(new SamplingOptions { Temperature = 3, TopK = 2 }, 500).Select(static c => c > 0));

        // Softmax of the logits: 0.64 for id 1, 0.24 for id 2: together they reach 0.8.
        Assert.Equal([false, true, true, false, false], Draw(new SamplingOptions { Temperature = 1, TopP = 0.8f }, 500).Select(static c => c > 0));
    }

    [Fact]
    public void A_seed_repeats_itself_and_another_does_not()
    {
        Assert.Equal(Sequence(1), Sequence(1));
        Assert.NotEqual(Sequence(1), Sequence(2));
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingOptions { Temperature = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingOptions { Temperature = float.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingOptions { TopP = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingOptions { TopK = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingOptions { MaxTokens = 0 }));
    }

    public static TheoryData<SamplingOptions> Ways =>
    [
        SamplingOptions.Greedy,
        new SamplingOptions { Temperature = 1 },
        new SamplingOptions { Temperature = 1, TopP = 0.9f },
        new SamplingOptions { Temperature = 1, TopK = 3, MinP = 0.1f },
        new SamplingOptions { Temperature = 1, PresencePenalty = 1 },
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public void What_is_no_distribution_is_no_choice(SamplingOptions options)
    {
        foreach (var value in (float[])[float.NaN, float.PositiveInfinity])
        {
            // At any place, of an odd number of them: vectors and what is left of them.
            for (var place = 0; place < 37; place++)
            {
                var logits = Enumerable.Range(0, 37).Select(static i => i / 10f).ToArray();
                logits[place] = value;
                Assert.Throws<ModelOutputException>(() => new TokenSampler(options).Choose(logits, new HashSet<int> { 2 }));
            }
        }

        Assert.Throws<ModelOutputException>(() => new TokenSampler(options).Choose([float.NaN, float.NaN, float.NaN], new HashSet<int> { 2 }));
        Assert.Throws<ModelOutputException>(() => new TokenSampler(options).Choose([float.NegativeInfinity, float.NegativeInfinity, 1], new HashSet<int> { 2 }));
        Assert.Equal(1, new TokenSampler(options).Choose([float.NegativeInfinity, -3e38f, 1], new HashSet<int> { 2 }));
    }

    private static int[] Sequence(ulong seed)
    {
        var sampler = new TokenSampler(new SamplingOptions { Temperature = 2, Seed = seed });
        return [.. Enumerable.Range(0, 50).Select(_ => sampler.Choose(Logits, None))];
    }

    private static int[] Draw(SamplingOptions options, int count)
    {
        var sampler = new TokenSampler(options);
        var counts = new int[Logits.Length];
        for (var i = 0; i < count; i++)
            counts[sampler.Choose(Logits, None)]++;
        return counts;
    }
}
