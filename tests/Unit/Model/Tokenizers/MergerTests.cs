using UnifiedVlm.Model.Tokenizers.Bpe;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

public sealed class MergerTests
{
    [Fact]
    public void The_two_ways_to_merge_agree()
    {
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            // Few symbols and many merges, so that merges overlap and cascade.
            var merges = new MergeTable(64);
            var next = 4;
            for (var rank = 0; rank < 40; rank++)
                merges.Set(random.Next(next), random.Next(next), rank, next++);
            var ids = Enumerable.Range(0, random.Next(0, 120)).Select(_ => random.Next(4)).ToArray();

            int[] scanned = [.. ids], heaped = [.. ids];
            var scannedCount = Merger.MergeShort(scanned, merges);
            var heapedCount = Merger.MergeLong(heaped, merges);
            Assert.Equal(scanned[..scannedCount], heaped[..heapedCount]);
        }
    }

    [Fact]
    public void The_lowest_rank_goes_first_and_of_equals_the_leftmost()
    {
        var merges = new MergeTable(8);
        merges.Set(1, 2, 5, 10);
        merges.Set(2, 3, 1, 11);
        merges.Set(4, 4, 2, 12);
        int[] ids = [1, 2, 3, 4, 4, 4];
        Assert.Equal([1, 11, 12, 4], ids[..Merger.Merge(ids, merges)]);
    }
}
