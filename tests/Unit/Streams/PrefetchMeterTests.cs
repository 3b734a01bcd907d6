using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class PrefetchMeterTests
{
    [Fact]
    public void What_is_fetched_ahead_is_summed_over_topics_and_partitions()
    {
        var meter = new PrefetchMeter(1000);
        meter.Read("""
            {"name":"x","topics":{"a":{"partitions":{"0":{"fetchq_size":3},"-1":{"fetchq_size":0}}},"b":{"partitions":{"7":{"fetchq_size":40,"fetchq_cnt":2}}}}}
            """);
        Assert.Equal(("kafka prefetch bytes", 43, 1000), (meter.Status.Name, meter.Status.Length, meter.Status.Capacity));
        meter.Read("""{"topics":{"a":{"partitions":{"0":{}}},"c":{}}}""");
        Assert.Equal(0, meter.Status.Length);
        meter.Read("{}");
    }
}
