using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>A running pipeline over fakes, and its end.</summary>
public sealed class PipelineHarness : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();

    private PipelineHarness(IngestPipelineOptions options, RecordingStore store, FakeModel model, IReadOnlyList<IRecordSource>? sources, ILogger? logger, WorkDiary? diary, IRecordDecoder? decoder)
    {
        Store = store;
        Model = model;
        Pipeline = new IngestPipeline(
            store, model, model, decoder ?? new RecordDecoder(DocumentReadOptions.Default), options, logger ?? NullLogger.Instance, diary);
        Ended = Pipeline.RunAsync(sources ?? [Source], stop.Token);
    }

    public static IngestPipelineOptions Options { get; } = new()
    {
        Owner = "test",
        WriteLinger = TimeSpan.FromMilliseconds(20),
        RetryDelay = TimeSpan.FromMilliseconds(1),
        MaxRetryDelay = TimeSpan.FromMilliseconds(5),
        PrepareWorkers = 2,
    };

    public RecordingStore Store { get; }

    public FakeModel Model { get; }

    public TestSource Source { get; } = new();

    public IngestPipeline Pipeline { get; }

    /// <summary>The run itself.</summary>
    public Task Ended { get; }

    public static PipelineHarness Start(
        IngestPipelineOptions? options = null,
        RecordingStore? store = null,
        FakeModel? model = null,
        IReadOnlyList<IRecordSource>? sources = null,
        ILogger? logger = null,
        WorkDiary? diary = null,
        IRecordDecoder? decoder = null) => new(options ?? Options, store ?? new RecordingStore(), model ?? new FakeModel(), sources, logger, diary, decoder);

    /// <summary>The source is exhausted: everything posted has to be written.</summary>
    public async Task FinishAsync()
    {
        Source.Finish();
        await Ended.WaitAsync(Waiting.Limit);
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Ended.WaitAsync(Waiting.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Pipeline.DisposeAsync().AsTask().WaitAsync(Waiting.Limit);
        stop.Dispose();
    }
}
