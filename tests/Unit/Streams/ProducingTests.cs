using System.Text;
using UnifiedVlm.Streams.Producing;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class ProducingTests
{
    /// <summary>The vectors of Kafka's own test of its default partitioner.</summary>
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    public void Keys_hash_as_in_every_other_client(string key, int expected) =>
        Assert.Equal(expected, (int)Murmur2.Hash(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void A_window_frees_what_ingestion_has_committed_and_nothing_else()
    {
        var window = new OutstandingWindow(100, 3);
        Assert.True(window.TryAdd(60));
        Assert.False(window.TryAdd(41));
        Assert.True(window.TryAdd(40));
        window.Commit(10);
        Assert.False(window.TryAdd(1), "neither has been delivered");
        window.Delivered(10, 60);
        window.Delivered(11, 40);
        window.Commit(10);
        Assert.False(window.TryAdd(1), "10 is not before 10");
        window.Commit(11);
        Assert.True(window.TryAdd(60));
        Assert.False(window.TryAdd(1));
    }

    [Fact]
    public void A_window_counts_messages_too()
    {
        var window = new OutstandingWindow(1000, 2);
        Assert.True(window.TryAdd(1));
        Assert.True(window.TryAdd(1));
        Assert.False(window.TryAdd(1));
    }

    [Fact]
    public void A_backlog_of_unknown_size_has_to_be_read_first()
    {
        var window = new OutstandingWindow(100, 10);
        window.AddBacklog(4);
        Assert.False(window.TryAdd(1));
        window.Commit(4);
        Assert.False(window.TryAdd(1));
        window.Commit(5);
        Assert.True(window.TryAdd(100));
    }
}
