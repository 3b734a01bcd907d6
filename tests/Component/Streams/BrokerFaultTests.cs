using Confluent.Kafka;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>A broker of its own: what is done to it would disturb other tests.</summary>
public sealed class BrokerFaultTests : IDisposable
{
    private readonly BrokerFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task Errors_leader_moves_and_an_outage_of_the_brokers_lose_and_double_nothing()
    {
        var topic = fixture.Topic(2);
        var store = new RecordingStore();
        await using var node = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => node.Partitions == 2, "it reads");

        fixture.Broker.PushRequestErrors(BrokerRequest.Fetch, ErrorCode.RequestTimedOut, ErrorCode.Local_Transport, ErrorCode.NotLeaderForPartition);
        fixture.Broker.PushRequestErrors(BrokerRequest.Heartbeat, ErrorCode.Local_Transport);
        await SendAsync(topic, 0);
        await Waiting.UntilAsync(() => store.Outcomes.Count == 100, "the first part is stored in spite of failing requests");

        fixture.Broker.SetPartitionLeader(topic, 0, 2);
        fixture.Broker.SetPartitionLeader(topic, 1, 1);
        await SendAsync(topic, 1);
        await Waiting.UntilAsync(() => store.Outcomes.Count == 200, "the second part is stored by new leaders");

        fixture.Broker.SetBrokerDown();
        fixture.Broker.SetBrokerUp();
        await SendAsync(topic, 2);
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 300, "the third part is stored after the outage");
        await node.StopAsync();
        Assert.Equal(300, store.Documents.Count);
        Assert.Equal(300, store.Outcomes.Count);
        Assert.Empty(store.DeadLetters);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_source_does_not_wait_longer_than_it_may_for_brokers_that_do_not_answer(bool whileOpening)
    {
        var topic = fixture.Topic(2);
        var log = new ListLogger();
        await using var node = new Node(
            fixture, topic, new RecordingStore(), source: static o => o with { CloseTimeout = TimeSpan.FromMilliseconds(500), RequestTimeout = TimeSpan.FromSeconds(2) }, logger: log);
        await Waiting.UntilAsync(() => whileOpening ? log.Lines.Any(static line => line.StartsWith("4100 ", StringComparison.Ordinal)) : node.Partitions == 2, "it has its partitions");
        fixture.Broker.SetRoundTripTime(TimeSpan.FromMinutes(10));

        await node.StopAsync();

        Assert.Contains(log.Lines, static line => line.StartsWith("4114 kafka ", StringComparison.Ordinal));
        fixture.Broker.SetRoundTripTime(TimeSpan.Zero);
    }

    [Fact]
    public void Commands_that_make_no_sense_are_refused_with_the_librarys_words()
    {
        var failure = Assert.Throws<MockBrokerException>(() => fixture.Broker.DeleteTopic("no such topic"));
        Assert.Contains("no such topic", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Unknown topic", failure.Message, StringComparison.Ordinal);
        var closed = new MockBroker();
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => closed.CreateTopic("t", 1));
    }

    private async Task SendAsync(string topic, int round)
    {
        for (var p = 0; p < 2; p++)
        {
            var partition = p;
            await fixture.SendAsync(topic, p, Enumerable.Range(0, 50).Select(i => DocumentJson.Serialize(Records.Document($"{round}-{partition}-{i}"))));
        }
    }
}
