using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Streams.Ordering;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class OffsetReordererTests
{
    /// <summary>Any offsets with any gaps (a compacted log), finished in any order, registered as late as it goes.</summary>
    [Fact]
    public void Whatever_the_order_of_completion_what_comes_out_is_in_order_and_contiguous()
    {
        var cases =
            from gaps in Gen.Choose(1, 4).NonEmptyListOf()
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (Offsets: gaps.Aggregate(new List<long>(), static (list, gap) =>
            {
                list.Add((list.Count == 0 ? -1 : list[^1]) + gap);
                return list;
            }), Seed: seed);
        Prop.ForAll(cases.ToArbitrary(), c => Check(c.Offsets, new System.Random(c.Seed))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_missing_record_holds_back_everything_after_it_and_nothing_before_it()
    {
        var reorderer = new OffsetReorderer<long>();
        foreach (var offset in new long[] { 3, 5, 6 })
            reorderer.Register(offset);
        reorderer.Complete(6, 6);
        reorderer.Complete(3, 3);
        Assert.Equal([3], Drain(reorderer));
        Assert.Equal((2, 1), (reorderer.Pending, reorderer.Held));
        reorderer.Complete(5, 5);
        Assert.Equal([5, 6], Drain(reorderer));
    }

    [Fact]
    public void Twice_or_never_registered_is_a_bug_that_shows()
    {
        var reorderer = new OffsetReorderer<long>();
        reorderer.Register(1);
        reorderer.Register(2);
        reorderer.Complete(2, 2);
        Assert.Throws<InvalidOperationException>(() => reorderer.Complete(2, 2));
        Assert.Throws<InvalidOperationException>(() => reorderer.Complete(0, 0));
        Assert.Throws<InvalidOperationException>(() => reorderer.Complete(3, 3));
        Assert.Throws<InvalidOperationException>(() => reorderer.Register(2));
    }

    [Fact]
    public void Abandoned_it_hands_out_what_is_finished_and_takes_no_more()
    {
        var reorderer = new OffsetReorderer<long>();
        for (var offset = 0; offset < 4; offset++)
            reorderer.Register(offset);
        reorderer.Complete(1, 1);
        reorderer.Complete(3, 3);
        Assert.Equal([1, 3], reorderer.Abandon().Order());
        Assert.Throws<InvalidOperationException>(() => reorderer.Register(4));
        Assert.False(reorderer.TryTake(out _));
    }

    private static bool Check(List<long> offsets, System.Random random)
    {
        var reorderer = new OffsetReorderer<long>();
        var taken = new List<long>();
        var open = new List<long>();
        var registered = 0;
        var finished = new HashSet<long>();
        while (taken.Count < offsets.Count)
        {
            if (registered < offsets.Count && (open.Count == 0 || random.Next(2) == 0))
            {
                open.Add(offsets[registered]);
                reorderer.Register(offsets[registered++]);
            }
            else if (open.Count > 0)
            {
                var pick = open[random.Next(open.Count)];
                open.Remove(pick);
                finished.Add(pick);
                reorderer.Complete(pick, pick);
            }

            taken.AddRange(Drain(reorderer));
            // Exactly the finished prefix, never more and never less.
            var prefix = offsets.Take(registered).TakeWhile(finished.Contains).Count();
            if (!taken.SequenceEqual(offsets.Take(prefix)) || reorderer.Pending != registered - prefix)
                return false;
        }

        return reorderer.Pending == 0 && reorderer.Held == 0;
    }

    private static List<long> Drain(OffsetReorderer<long> reorderer)
    {
        var taken = new List<long>();
        while (reorderer.TryTake(out var next))
            taken.Add(next);
        return taken;
    }
}
