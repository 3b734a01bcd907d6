using Microsoft.Extensions.Logging.Abstractions;
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

    public Node(
        BrokerFixture fixture,
        string topic,
        IIngestStore store,
        FakeModel? model = null,
        Func<KafkaSourceOptions, KafkaSourceOptions>? source = null,
        Func<IngestPipelineOptions, IngestPipelineOptions>? pipeline = null,
        ILogAdoption? adoption = null,
        Microsoft.Extensions.Logging.ILogger? logger = null)
    {
        Model = model ?? new FakeModel();
        var options = new KafkaSourceOptions
        {
            BootstrapServers = fixture.Broker.BootstrapServers,
            GroupId = "group-" + topic,
            Topics = [topic],
            ReopenDelay = TimeSpan.FromMilliseconds(200),
            HousekeepingInterval = TimeSpan.FromMilliseconds(50),
            Settings = new Dictionary<string, string> { ["session.timeout.ms"] = "6000", ["heartbeat.interval.ms"] = "300" },
        };
        Source = new KafkaSource((source ?? (static o => o))(options), logger ?? NullLogger.Instance, adoption);
        var bounds = new IngestPipelineOptions { Owner = Guid.NewGuid().ToString("N"), WriteLinger = TimeSpan.FromMilliseconds(20) };
        Pipeline = new IngestPipeline(
            store, Model, Model, new RecordDecoder(DocumentReadOptions.Default), (pipeline ?? (static o => o))(bounds), NullLogger.Instance);
        running = Pipeline.RunAsync([Source], stop.Token);
    }

    public FakeModel Model { get; }

    public KafkaSource Source { get; }

    public IngestPipeline Pipeline { get; }

    /// <summary>Partitions it reads now.</summary>
    public int Partitions => Pipeline.Status().Partitions.Count(static p => p.NextOffset is not null);

    public static LogPartition Log(string topic, string logId, int partition) => new("group-" + topic, logId, topic, partition);

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Waiting.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Pipeline.DisposeAsync().AsTask().WaitAsync(Waiting.Limit);
        // The run of a test that failed earlier may end in a fault, which is not what that test is about.
        await running.WaitAsync(Waiting.Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }
}
