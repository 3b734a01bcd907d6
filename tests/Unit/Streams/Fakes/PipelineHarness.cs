using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>A running pipeline over fakes, and its end.</summary>
public sealed class PipelineHarness : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();

    private PipelineHarness(
        IngestPipelineOptions options, RecordingStore store, FakeModel model, IReadOnlyList<IRecordSource>? sources, ILogger? logger, WorkDiary? diary, IRecordDecoder? decoder, RemotePictures? pictures,
        TimeProvider? time)
    {
        Store = store;
        Model = model;
        var reading = new DocumentReadOptions { AllowBlobs = pictures is not null, AllowUrls = pictures is not null };
        Pipeline = new IngestPipeline(store, model, model, decoder ?? new RecordDecoder(reading), options, logger ?? NullLogger.Instance, diary, time, pictures);
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
        IRecordDecoder? decoder = null,
        RemotePictures? pictures = null,
        TimeProvider? time = null) => new(options ?? Options, store ?? new RecordingStore(), model ?? new FakeModel(), sources, logger, diary, decoder, pictures, time);

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
