using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;

namespace UnifiedVlm.Tests.Unit.Training.Layout;

public sealed class SourceMixTests
{
    private static readonly Dictionary<string, ISampleSource<(string, ulong)>> Sources = new()
    {
        ["a"] = new Named("a"),
        ["b"] = new Named("b"),
        ["c"] = new Named("c"),
    };

    [Fact]
    public void Shares_are_kept_and_samples_differ()
    {
        var mix = Mix(seed: 3);
        var drawn = Enumerable.Range(0, 4000).Select(i => mix.Get((ulong)i)).ToList();

        Assert.InRange(drawn.Count(static d => d.Item1 == "a"), 2800, 3200);
        Assert.InRange(drawn.Count(static d => d.Item1 == "b"), 800, 1200);
        Assert.Equal(drawn.Count, drawn.Distinct().Count());
        Assert.Equal(drawn, Enumerable.Range(0, 4000).Select(i => Mix(seed: 3).Get((ulong)i)));
    }

    [Fact]
    public void Another_seed_draws_others() =>
        Assert.Empty(Enumerable.Range(0, 100).Select(i => Mix(1).Get((ulong)i).Item2).Intersect(Enumerable.Range(0, 100).Select(i => Mix(2).Get((ulong)i).Item2)));

    private static SourceMix<(string, ulong)> Mix(ulong seed) => new("test.json", "losses.x", new Dictionary<string, double> { ["a"] = 3, ["b"] = 1, ["c"] = 0 }, Sources, seed);

    private sealed record Named(string Name) : ISampleSource<(string, ulong)>
    {
        public (string, ulong) Get(ulong index) => (Name, index);
    }
}
