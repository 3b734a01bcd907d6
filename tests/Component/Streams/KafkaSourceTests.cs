using Confluent.Kafka;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

public sealed class KafkaSourceTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task A_thousand_documents_over_four_partitions_arrive_once_each()
    {
        var topic = fixture.Topic(4);
        var store = new RecordingStore();
        for (var p = 0; p < 4; p++)
            await fixture.SendAsync(topic, p, Documents(p, 250));
        await using var node = new Node(fixture, topic, store, pipeline: static o => o with { MaxRecordsInFlight = 60, MaxRecordsInFlightPerPartition = 30 });
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 1000, "all are stored");
        await Waiting.UntilAsync(() => node.Pipeline.Status().Partitions is { Count: 4 } all && all.All(static p => p.Lag == 0), "no partition lags");
        await node.StopAsync();
        Once(store, topic, 4, 250);
        Assert.Equal(1000, store.Documents.Count);
        Assert.All(store.Documents.Values, u => Assert.Equal($"kafka:{store.Ranges[0].Lease.Partition.LogId}/{topic}", u.Version.Rule));
        Assert.InRange(node.Pipeline.Status().Budgets[0].Peak, 1, 60);
    }

    [Fact]
    public async Task A_restart_goes_on_where_the_store_stands()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(0, 50));
        await using (var node = new Node(fixture, topic, store))
        {
            await Waiting.UntilAsync(() => store.Outcomes.Count == 50, "the first half is stored");
            await node.StopAsync();
        }

        var before = store.Ranges[^1].Lease.Epoch;
        await fixture.SendAsync(topic, 0, Documents(1, 50));
        await using var second = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 100, "the second half is stored");
        await second.StopAsync();
        Once(store, topic, 1, 100);
        Assert.True(store.Ranges[^1].Lease.Epoch > before);
    }

    [Fact]
    public async Task A_rebalance_in_the_middle_loses_and_doubles_nothing()
    {
        var topic = fixture.Topic(4);
        var store = new RecordingStore();
        var first = new FakeModel();
        var pace = new SemaphoreSlim(0);
        first.OnEncode = (_, token) => pace.WaitAsync(token);
        for (var p = 0; p < 4; p++)
            await fixture.SendAsync(topic, p, Documents(p, 250));
        await using var a = new Node(fixture, topic, store, first);
        pace.Release(200);
        await Waiting.UntilAsync(() => store.Outcomes.Count > 50 && a.Partitions == 4, "the first node is at work on all partitions");
        // The device of the first node stands still: what it holds of the partitions it loses has to be read again by the second.
        await using var b = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => b.Partitions == 2 && a.Partitions == 2, "each has two partitions");
        pace.Release(10_000);
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 1000, "all are stored");
        await a.StopAsync();
        await b.StopAsync();
        Once(store, topic, 4, 250);
        Assert.Equal(2, store.Ranges.Select(static r => r.Lease.Owner).Distinct().Count());
        Assert.True(b.Pipeline.Status().Totals.Upserted > 0);
    }

    [Fact]
    public async Task A_node_that_leaves_hands_its_partitions_over()
    {
        var topic = fixture.Topic(2);
        var store = new RecordingStore();
        await using var a = new Node(fixture, topic, store);
        await using var b = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => a.Partitions == 1 && b.Partitions == 1, "each has one partition");
        for (var p = 0; p < 2; p++)
            await fixture.SendAsync(topic, p, Documents(p, 20));
        await Waiting.UntilAsync(() => store.Outcomes.Count == 40, "the first part is stored");
        await a.StopAsync();
        for (var p = 0; p < 2; p++)
            await fixture.SendAsync(topic, p, Documents(p + 2, 20));
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 80, "the other node has taken over");
        await b.StopAsync();
        Once(store, topic, 2, 40);
    }

    [Fact]
    public async Task Poison_goes_to_the_dead_letters_and_the_stream_goes_on()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        var good = Documents(0, 10).ToList();
        byte[]?[] poison = ["{"u8.ToArray(), [], "[1]"u8.ToArray(), "{\"id\":\"x\"}"u8.ToArray(), [0xff, 0xfe], "{\"id\":\"x\",\"parts\":[{\"type\":\"image\",\"path\":\"/etc/passwd\"}]}"u8.ToArray()];
        await fixture.SendAsync(topic, 0, good.Zip(poison.Concat(poison).Take(10)).SelectMany(static pair => new[] { pair.First, pair.Second }));
        // A tombstone is no poison.
        await fixture.SendAsync(topic, 0, [null], key: "0-3");
        await using var node = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 21, "everything is taken");
        await node.StopAsync();
        Assert.Equal(10, store.DeadLetters.Count);
        Assert.All(store.DeadLetters, static l => Assert.True(l.Offset % 2 == 1 && l.Stage == "decode"));
        Assert.Equal(9, store.Documents.Count);
        Assert.Equal("parts[0].path", store.DeadLetters[5].Field);
    }

    [Fact]
    public async Task A_lease_that_someone_took_late_is_taken_back_while_kafka_assigns_the_partition_to_us()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await using var node = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => node.Partitions == 1, "it reads");
        var log = node.Pipeline.Status().Partitions[0].Partition;
        var late = await store.AcquireAsync(log, "a slow former owner", CancellationToken.None);
        await fixture.SendAsync(topic, 0, Documents(0, 30));
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 30, "all are stored");
        await node.StopAsync();
        Once(store, topic, 1, 30);
        Assert.True(store.Ranges[^1].Lease.Epoch > late.Epoch);
    }

    [Fact]
    public async Task A_lost_partition_is_taken_back_in_time_although_the_wall_clock_steps_back()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await using var node = new Node(fixture, topic, store, time: new RetreatingTime());
        await Waiting.UntilAsync(() => node.Partitions == 1, "it reads");
        await store.AcquireAsync(node.Pipeline.Status().Partitions[0].Partition, "a slow former owner", CancellationToken.None);
        await fixture.SendAsync(topic, 0, Documents(0, 30));
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 30, "all are stored");
        await node.StopAsync();
        Once(store, topic, 1, 30);
    }

    [Fact]
    public async Task The_lag_grows_while_the_store_is_away_and_nothing_is_fetched()
    {
        var topic = fixture.Topic(1);
        var away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new RecordingStore { BeforeWrite = (_, _) => away.Task };
        await fixture.SendAsync(topic, 0, Documents(0, 10));
        await using var node = new Node(
            fixture, topic, store, source: static o => o with { PausedEndInterval = TimeSpan.FromMilliseconds(300) },
            pipeline: static o => o with { MaxRecordsInFlight = 4, MaxRecordsInFlightPerPartition = 4 });
        await Waiting.UntilAsync(() => node.Pipeline.Status().Partitions.Any(static p => p.Paused), "the pipeline is full");
        var lags = new List<long>();
        // Twice: the answer to a fetch that was under way at the pause may tell of the first ones.
        for (var group = 1; group <= 2; group++)
        {
            await fixture.SendAsync(topic, 0, Documents(group, 1000));
            var behind = 10 + (1000 * group);
            await Waiting.UntilAsync(() => IsBehind(behind), $"it lags by {behind}", node.Describe);
        }

        // Many looks at what was fetched last came between two questions, and took nothing back.
        Assert.Equal(lags.Order(), lags);
        Assert.Empty(store.Ranges);
        away.SetResult();
        await node.StopAsync();

        bool IsBehind(long behind)
        {
            lags.AddRange(node.Pipeline.Status().Partitions.Select(static p => p.Lag).OfType<long>());
            return lags.Count > 0 && lags[^1] == behind;
        }
    }

    [Fact]
    public async Task An_end_that_was_asked_for_before_reading_went_on_takes_the_place_of_no_newer_one()
    {
        var topic = fixture.Topic(1);
        var away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Without that option: what waits for it goes on inside SetResult, so all that comes of the answer has come when that returns.
        var late = new TaskCompletionSource();
        var questions = 0;
        var store = new RecordingStore { BeforeWrite = (_, _) => away.Task };
        await fixture.SendAsync(topic, 0, Documents(0, 10));
        await using var node = new Node(
            fixture, topic, store, pipeline: static o => o with { MaxRecordsInFlight = 4, MaxRecordsInFlightPerPartition = 4 }, ends: AnswerAsync);
        await Waiting.ForAsync(asked.Task, "the end is asked for", node.Describe);
        await fixture.SendAsync(topic, 0, Documents(1, 20));
        away.SetResult();
        await Waiting.UntilAsync(() => node.Pipeline.Status().Partitions.Any(static p => p is { NextOffset: 30, EndOffset: 30 }), "all are stored", node.Describe);

        // On the pool, where nothing keeps it from going on at once.
        await Task.Run(late.SetResult);

        Assert.Equal(30, Assert.Single(node.Pipeline.Status().Partitions).EndOffset);
        await node.StopAsync();

        async Task<long> AnswerAsync(Task<long> answer)
        {
            var end = await answer;
            if (Interlocked.Increment(ref questions) == 1)
            {
                asked.SetResult();
                await late.Task;
            }

            return end;
        }
    }

    [Fact]
    public async Task The_end_that_was_fetched_before_a_pause_is_told_at_the_pause_and_not_after_it()
    {
        var topic = fixture.Topic(1);
        var away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new RecordingStore { BeforeWrite = (_, _) => away.Task };
        await fixture.SendAsync(topic, 0, Documents(0, 10));
        // Fetches tell of an end that lies two behind that which is asked for at the opening; the time to look at ends otherwise does not come.
        await using var node = new Node(
            fixture, topic, store, source: static o => o with { HousekeepingInterval = TimeSpan.FromDays(1000) },
            pipeline: static o => o with { MaxRecordsInFlight = 4, MaxRecordsInFlightPerPartition = 4 }, through: static consumer => ConsumerProxy.Over<MarkedEnd>(consumer, out _));
        await Waiting.UntilAsync(() => node.Pipeline.Status().Partitions.Any(static p => p is { Paused: true, EndOffset: 12 }), "the end is told", node.Describe);
        away.SetResult();
        await node.StopAsync();
    }

    [Theory]
    [InlineData("500000")]
    [InlineData("8388608")]
    public async Task The_client_reads_whatever_the_largest_message_is_set_to(string bytes)
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(0, 10));
        await using var node = new Node(
            fixture, topic, store, source: o => o with { Settings = new Dictionary<string, string>(o.Settings) { ["message.max.bytes"] = bytes } });
        await Waiting.UntilAsync(() => store.Outcomes.Count >= 10, "all are stored", node.Describe);
        await node.StopAsync();
        Once(store, topic, 1, 10);
    }

    [Fact]
    public async Task A_record_with_headers_without_number_goes_to_the_dead_letters_with_the_first_of_them()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(0, 1), headers: Many(1001));
        await fixture.SendAsync(topic, 0, Documents(1, 1), headers: Many(1000));
        await using var node = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 2, "both are taken");
        await node.StopAsync();
        var letter = Assert.Single(store.DeadLetters);
        Assert.Equal((0, "headers", 1000), (letter.Offset, letter.Field, letter.Headers.Count));
        Assert.False(letter.Original!.IsWhole);
        Assert.Equal("1-0", Assert.Single(store.Documents).Key.Id);

        static Headers Many(int count)
        {
            var headers = new Headers();
            for (var i = 0; i < count; i++)
                headers.Add($"h{i}", []);
            return headers;
        }
    }

    [Fact]
    public void Settings_that_would_move_positions_out_of_the_store_are_refused()
    {
        var options = new KafkaSourceOptions
        {
            BootstrapServers = "x",
            GroupId = "g",
            Topics = ["t"],
            Settings = new Dictionary<string, string> { ["enable.auto.commit"] = "true" },
        };
        Assert.Contains("enable.auto.commit", Assert.Throws<ArgumentException>(() => options.ToConsumerConfig()).Message, StringComparison.Ordinal);
        var passed = (options with { Settings = new Dictionary<string, string> { ["sasl.mechanism"] = "PLAIN", ["fetch.wait.max.ms"] = "7" } }).ToConsumerConfig();
        Assert.Equal(("PLAIN", "7", "error"), (passed.Get("sasl.mechanism"), passed.Get("fetch.wait.max.ms"), passed.Get("auto.offset.reset")));
    }

    private static IEnumerable<byte[]> Documents(int group, int count) =>
        Enumerable.Range(0, count).Select(i => DocumentJson.Serialize(Records.Document($"{group}-{i}")));

    /// <summary>Every offset has exactly one outcome, in order, over all nodes and leases.</summary>
    private static void Once(RecordingStore store, string topic, int partitions, int count)
    {
        Assert.Empty(store.DeadLetters);
        for (var p = 0; p < partitions; p++)
        {
            var ranges = store.Ranges.Where(r => r.Lease.Partition.Partition == p).ToList();
            Assert.Equal(Enumerable.Range(0, count).Select(static i => (long)i), ranges.SelectMany(static r => r.Outcomes).Select(static o => o.Offset));
            Assert.Equal(count, store.NextOffset("group-" + topic, topic, p));
        }
    }
}
