using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder.Cache;

namespace UnifiedVlm.Tests.Unit.Model.Decoder;

public sealed class KeyValuePoolTests : IDisposable
{
    private const int Block = KeyValuePool.BlockTokens;

    private readonly KeyValuePool pool = new(ModelConfig.Load(ModelFolder.UvlmTiny) with { LmBlocks = 1 }, 8 * Block);

    public void Dispose() => pool.Dispose();

    [Fact]
    public void A_sequence_gets_all_it_may_need_or_nothing()
    {
        using var first = pool.TryReserve((5 * Block) + 1);
        Assert.Equal(6, pool.UsedBlocks);
        Assert.Equal(6 * Block, first!.Capacity);
        Assert.Null(pool.TryReserve((2 * Block) + 1));
        Assert.Equal(6, pool.UsedBlocks);
        using (var second = pool.TryReserve(2 * Block))
        {
            Assert.Equal(8, pool.UsedBlocks);
            Assert.Empty(first.Blocks.ToArray().Intersect(second!.Blocks.ToArray()));
        }

        Assert.Equal(6, pool.UsedBlocks);
        first.Dispose();
        first.Dispose();
        Assert.Equal(0, pool.UsedBlocks);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.TryReserve((8 * Block) + 1));
    }

    [Fact]
    public void A_beginning_is_shared_in_whole_blocks_while_it_is_used_and_after()
    {
        var prefix = Prefix("t", (2 * Block) + 5);
        using var first = pool.TryReserve(4 * Block, prefix)!;
        Assert.Equal(0, first.Length);
        first.Share(prefix);
        using var second = pool.TryReserve(4 * Block, prefix)!;
        Assert.Equal(2 * Block, second.Length);
        Assert.Equal(first.Blocks[..2].ToArray(), second.Blocks[..2].ToArray());
        Assert.Empty(first.Blocks[2..].ToArray().Intersect(second.Blocks[2..].ToArray()));
        Assert.Equal(6, pool.UsedBlocks);
        first.Dispose();
        second.Dispose();
        Assert.Equal(0, pool.UsedBlocks);
        using var third = pool.TryReserve(3 * Block, prefix)!;
        Assert.Equal(2 * Block, third.Length);
        Assert.Equal(4 * Block, pool.SharedTokens);
    }

    [Fact]
    public void Only_the_same_ids_in_the_same_scope_are_shared()
    {
        var prefix = Prefix("t", 3 * Block);
        using (var first = pool.TryReserve(4 * Block, prefix)!)
            first.Share(prefix);
        var other = prefix.Tokens.ToArray();
        other[Block] = 9999;
        Assert.Equal(Block, Length(new CachedPrefix("t", other)));
        other[0] = 9999;
        Assert.Equal(0, Length(new CachedPrefix("t", other)));
        Assert.Equal(0, Length(Prefix("u", 3 * Block)));
        Assert.Equal(2 * Block, Length(new CachedPrefix("t", prefix.Tokens[..(2 * Block + 3)])));
    }

    [Fact]
    public void What_was_used_longest_ago_makes_room_and_the_ends_before_the_beginnings()
    {
        var (old, recent) = (Prefix("old", 3 * Block), Prefix("recent", 3 * Block));
        foreach (var prefix in new[] { old, recent })
        {
            using var cache = pool.TryReserve(3 * Block, prefix)!;
            cache.Share(prefix);
        }

        // 2 of 8 blocks hold nothing; a third has to be given up, and it is the end of the older one.
        using (pool.TryReserve(3 * Block))
            Assert.Equal(3, pool.UsedBlocks);
        Assert.Equal(2 * Block, Length(old));
        Assert.Equal(3 * Block, Length(recent));
        using var all = pool.TryReserve(8 * Block)!;
        all.Dispose();
        Assert.Equal(0, Length(old));
        Assert.Equal(0, Length(recent));
    }

    [Fact]
    public void What_a_sequence_begins_with_does_not_make_room_for_its_own_end()
    {
        var prefix = Prefix("t", 4 * Block);
        using (var first = pool.TryReserve(4 * Block, prefix)!)
            first.Share(prefix);
        using var held = pool.TryReserve(4 * Block);
        using var second = pool.TryReserve(5 * Block, prefix);
        Assert.Null(second);
        Assert.Equal(4, pool.UsedBlocks);
        using var third = pool.TryReserve(4 * Block, prefix);
        Assert.Equal(4 * Block, third!.Length);
    }

    [Fact]
    public void Of_two_that_compute_the_same_the_first_is_shared_and_the_second_is_freed()
    {
        var prefix = Prefix("t", 2 * Block);
        using var first = pool.TryReserve(3 * Block, prefix)!;
        using var second = pool.TryReserve(3 * Block, prefix)!;
        first.Share(prefix);
        second.Share(prefix);
        second.Dispose();
        first.Dispose();
        using var third = pool.TryReserve(2 * Block, prefix)!;
        Assert.Equal(2 * Block, third.Length);
        using var rest = pool.TryReserve(6 * Block);
        Assert.Equal(8, pool.UsedBlocks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_comes_and_goes_no_block_is_lost_or_had_twice(int seed)
    {
        var dice = new Random(seed);
        var running = new List<(KeyValueCache Cache, CachedPrefix Prefix)>();
        for (var i = 0; i < 5000; i++)
        {
            if (running.Count > 0 && dice.Next(2) == 0)
            {
                var gone = dice.Next(running.Count);
                if (dice.Next(4) > 0)
                    running[gone].Cache.Share(running[gone].Prefix);
                running[gone].Cache.Dispose();
                running.RemoveAt(gone);
            }
            else
            {
                // Prompts of few kinds, so that they often begin alike.
                int[] ids = [.. Enumerable.Range(0, dice.Next(1, 4)).SelectMany(_ => Enumerable.Repeat(dice.Next(2), Block))];
                var prefix = new CachedPrefix(dice.Next(2) == 0 ? "a" : "b", ids);
                if (pool.TryReserve(ids.Length + dice.Next(1, 20), prefix) is { } cache)
                    running.Add((cache, prefix));
                else
                    Assert.True(pool.UsedBlocks > 0);
            }

            // A block of two sequences lies in the same place of both, after the same ids.
            var holders = running.SelectMany(static r => r.Cache.Blocks.ToArray().Select((block, at) => (block, at, r.Prefix))).GroupBy(static held => held.block).ToList();
            Assert.Equal(holders.Count, pool.UsedBlocks);
            foreach (var block in holders.Where(static block => block.Count() > 1))
            {
                Assert.Single(block.Select(static held => held.at).Distinct());
                Assert.Single(block.Select(static held => held.Prefix.Scope + string.Join(',', held.Prefix.Tokens[..((held.at + 1) * Block)].ToArray())).Distinct());
            }
        }

        running.ForEach(static r => r.Cache.Dispose());
        using var all = pool.TryReserve(8 * Block);
        Assert.Equal(8, pool.UsedBlocks);
    }

    private int Length(CachedPrefix prefix)
    {
        using var cache = pool.TryReserve(prefix.Tokens.Length, prefix)!;
        return cache.Length;
    }

    private static CachedPrefix Prefix(string scope, int tokens) => new(scope, Enumerable.Range(100, tokens).ToArray());
}
