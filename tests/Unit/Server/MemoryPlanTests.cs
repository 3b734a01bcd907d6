using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Tests.Unit.Server;

public sealed class MemoryPlanTests
{
    private const long Mega = 1L << 20;

    [Fact]
    public void A_limit_that_is_too_small_is_refused_and_the_one_that_is_named_is_taken()
    {
        var error = Assert.Throws<UsageException>(() => new MemoryPlan(600 * Mega, 512 * Mega, MemoryPlan.CacheBytes(600 * Mega)).Check());
        Assert.Equal("--memory-mb 600 is too small: the program with this model takes 512 MB before any work. The smallest limit is 786.", error.Message);
        // The next start may take a little more.
        new MemoryPlan(786 * Mega, 540 * Mega, MemoryPlan.CacheBytes(786 * Mega)).Check();
    }

    [Fact]
    public void A_model_whose_context_takes_more_than_the_caches_share_needs_a_larger_limit()
    {
        var error = Assert.Throws<UsageException>(() => new MemoryPlan(600 * Mega, 512 * Mega, 400 * Mega).Check());
        Assert.EndsWith("The smallest limit is 1136.", error.Message, StringComparison.Ordinal);
        new MemoryPlan(1136 * Mega, 540 * Mega, 400 * Mega).Check();
    }

    [Theory]
    [InlineData(192)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void What_may_be_held_at_once_is_within_the_room(int room)
    {
        var plan = new MemoryPlan((512 + 64 + room) * Mega, 512 * Mega, 64 * Mega).Check();
        var pipeline = plan.Apply(new IngestPipelineOptions());

        // Raw bytes five times (as they came, decoded, written down, sent), bodies six times, pixels twice because buffers are powers of two, pages of two logs.
        var managed = (5 * pipeline.MaxRawBytes) + (6 * plan.RequestBytes) + (2 * (pipeline.MaxPixelBytes + plan.QuestionPixelBytes)) + pipeline.MaxVectorBytes + (2 * plan.PageBytes)
            + (3 * plan.Documents.MaxDocumentBytes) + (pipeline.ParallelWrites * 2 * pipeline.WriteBatchBytes);
        Assert.InRange(managed, 1, (long)plan.HeapBytes(0));
        var native = plan.DecodeBytes + (plan.PrefetchKilobytes * 1024L);
        Assert.InRange(native + (long)plan.HeapBytes(0), 1, room * Mega);
        Assert.True(plan.RequestBytes >= plan.Documents.MaxDocumentBytes);
        Assert.True(pipeline.MaxRawBytes >= plan.Documents.MaxDocumentBytes);
    }

    [Theory]
    [InlineData(192, 4, 1536, 192)]
    [InlineData(1024, 64, 512, 64)]
    [InlineData(100_000, 4, 131_072, 16_384)]
    public void Shards_of_subscriptions_share_a_part_of_the_room_and_have_no_more_than_without_a_limit(int room, int shards, int keptKilobytes, int readKilobytes)
    {
        var matching = new MemoryPlan((512 + 64 + room) * Mega, 512 * Mega, 64 * Mega).Check().Apply(new SubscriptionOptions(), shards);
        Assert.Equal((keptKilobytes * 1024L, readKilobytes * 1024L), (matching.MaxBytes, matching.BatchBytes));
    }
}
