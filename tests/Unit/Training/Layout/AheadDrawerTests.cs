using UnifiedVlm.Training.Layout;

namespace UnifiedVlm.Tests.Unit.Training.Layout;

public sealed class AheadDrawerTests
{
    [Fact]
    public void Gives_what_is_asked_for_in_order_and_from_anywhere()
    {
        var source = new Source();
        using var ahead = new AheadDrawer(source);
        foreach (var index in new ulong[] { 3, 4, 5, 9, 10, 0 })
            Assert.Equal(index, IndexOf(ahead.Draw(index)));
    }

    [Fact]
    public void Draws_one_batch_ahead_and_never_two()
    {
        var source = new Source();
        using (var ahead = new AheadDrawer(source))
        {
            ahead.Draw(0);
            ahead.Draw(1);
        }

        Assert.Equal([0ul, 1ul, 2ul], source.Drawn.Order());
    }

    [Fact]
    public void A_batch_that_cannot_be_drawn_fails_when_it_is_asked_for()
    {
        var source = new Source { Fails = 1 };
        var ahead = new AheadDrawer(source);
        Assert.Equal(0ul, IndexOf(ahead.Draw(0)));
        Assert.Equal("1 fails", Assert.Throws<InvalidOperationException>(() => ahead.Draw(1)).Message);
        ahead.Dispose();
    }

    [Fact]
    public void A_failure_that_nobody_asked_for_is_dropped_with_the_batch()
    {
        var ahead = new AheadDrawer(new Source { Fails = 1 });
        ahead.Draw(0);
        ahead.Dispose();
    }

    private static ulong IndexOf(StepBatch batch) => (ulong)Assert.Single(batch.Parts!.Meanings);

    private sealed class Source : IBatchSource
    {
        private readonly Lock mutex = new();

        public ulong? Fails { get; init; }

        public List<ulong> Drawn { get; } = [];

        public StepBatch Draw(ulong index)
        {
            lock (mutex)
                Drawn.Add(index);
            return index == Fails
                ? throw new InvalidOperationException($"{index} fails")
                : new StepBatch([], null, [], [], [], new PartsBatch([], [(int)index]), null);
        }
    }
}
