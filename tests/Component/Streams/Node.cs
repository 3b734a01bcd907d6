using Confluent.Kafka;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>One consumer of a group: a Kafka source and a pipeline over a store that nodes share.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;
    private readonly ListLogger log = new();

    public Node(
        BrokerFixture fixture,
        string topic,
        IIngestStore store,
        FakeModel? model = null,
        Func<KafkaSourceOptions, KafkaSourceOptions>? source = null,
        Func<IngestPipelineOptions, IngestPipelineOptions>? pipeline = null,
        ILogAdoption? adoption = null,
        Microsoft.Extensions.Logging.ILogger? logger = null,
        Func<IConsumer<byte[], byte[]>, IConsumer<byte[], byte[]>>? through = null,
        TimeProvider? time = null,
        Func<Task<long>, Task<long>>? ends = null)
    {
        Model = model ?? new FakeModel();
        var options = new KafkaSourceOptions
        {
            BootstrapServers = fixture.Broker.BootstrapServers,
            GroupId = "group-" + topic,
            Topics = [topic],
            ReopenDelay = TimeSpan.FromMilliseconds(200),
            AdoptionDelay = TimeSpan.FromMilliseconds(200),
            HousekeepingInterval = TimeSpan.FromMilliseconds(50),
            // A busy machine is slow to end, which is not to be taken for one that hangs.
            CloseTimeout = Waiting.Limit,
            // The test broker puts members out that were silent for a session, also those who wait for its answer to their join, and then never gives it. A busy
            // machine gets there, and librdkafka asks again after its longest time between two polls, 5 minutes unless set.
            Settings = new Dictionary<string, string> { ["session.timeout.ms"] = "6000", ["heartbeat.interval.ms"] = "300", ["max.poll.interval.ms"] = "15000" },
        };
        Source = new KafkaSource((source ?? (static o => o))(options), logger ?? log, adoption, time)
        {
            Through = through ?? (static consumer => consumer),
            EndsThrough = ends ?? (static end => end),
        };
        var bounds = new IngestPipelineOptions { StopTimeout = Waiting.Limit, Owner = Guid.NewGuid().ToString("N"), WriteLinger = TimeSpan.FromMilliseconds(20) };
        Pipeline = new IngestPipeline(
            store, Model, Model, new RecordDecoder(DocumentReadOptions.Default), (pipeline ?? (static o => o))(bounds), log);
        running = Pipeline.RunAsync([Source], stop.Token);
    }

    public FakeModel Model { get; }

    public KafkaSource Source { get; }

    public IngestPipeline Pipeline { get; }

    /// <summary>Partitions it reads now.</summary>
    public int Partitions => Pipeline.Status().Partitions.Count(static p => p.NextOffset is not null);

    public static LogPartition Log(string topic, string logId, int partition) => new("group-" + topic, logId, topic, partition);

    /// <summary>What keeps it busy and what it logged last, for the message of a wait that failed.</summary>
    public string Describe() => Pipeline.DescribeRunning() + "\n" + string.Join("\n", log.Lines.TakeLast(100));

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await EndedAsync(running);
        // Left behind by the pipeline, or its consumer by the source: it has ended, and all the same something hangs.
        Assert.DoesNotContain(log.Lines, static line => line.StartsWith("4019 ", StringComparison.Ordinal) || line.StartsWith("4114 ", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        var disposed = Pipeline.DisposeAsync().AsTask();
        // The run of a test that failed earlier may end in a fault, which is not what that test is about.
        var ended = Task.WhenAll(disposed, running);
        // An exception from here would take the place of that by which the test has failed; a test that wants to know how a node ends stops it.
        if (await Task.WhenAny(ended, Task.Delay(Waiting.Limit)) != ended)
            await Console.Error.WriteLineAsync($"A node has not ended within {Waiting.Limit}: {Describe()}");
        else
            stop.Dispose();
        _ = ended.Exception;
    }

    private async Task EndedAsync(Task end)
    {
        try
        {
            await end.WaitAsync(Waiting.Limit);
        }
        catch (TimeoutException e) when (!end.IsCompleted)
        {
            throw new TimeoutException($"The node has not ended within {Waiting.Limit}: {Describe()}", e);
        }
    }
}
