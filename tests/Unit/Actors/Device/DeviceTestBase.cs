using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

public abstract class DeviceTestBase : IAsyncLifetime
{
    protected DeviceTestBase() => System = new ActorSystem("test", time: Time);

    protected ManualTimeProvider Time { get; } = new();

    protected ActorSystem System { get; }

    protected FakeModel Model { get; } = new();

    /// <summary>Small numbers, no lingering.</summary>
    protected static DeviceOptions Options { get; } = new()
    {
        MaxBatchTokens = 100,
        MaxBatchDocuments = 8,
        BatchOverheadTokens = 10,
        PaddingCost = 1,
        IngestBudgetTokens = 10_000,
        QueryBudgetTokens = 100,
        MaxLinger = TimeSpan.Zero,
        Supervision = new() { MaxRestarts = 3, Window = TimeSpan.FromMinutes(10), MinBackoff = TimeSpan.Zero },
    };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await System.DisposeAsync();

    protected DeviceClient Start(DeviceOptions? options = null) => DeviceClient.Start(System, "cpu", Model.Load, options ?? Options);

    protected static Task<SequenceEmbedding> Ingest(DeviceClient device, int length, CancellationToken cancellationToken = default)
        => device.EncodeAsync(FakeModel.Document(length), EncodePriority.Ingest, cancellationToken);

    protected static Task<SequenceEmbedding> Query(DeviceClient device, int length, CancellationToken cancellationToken = default)
        => device.EncodeAsync(FakeModel.Document(length), EncodePriority.Query, cancellationToken);

    protected static IAsyncEnumerable<GeneratedToken> Generate(DeviceClient device, int tokens, CancellationToken cancellationToken = default)
        => device.GenerateAsync(FakeModel.Prompt(), new SamplingOptions { MaxTokens = tokens }, cancellationToken);

    /// <summary>Holds the device in a batch of one document of length 1, so that a test can fill the queue behind it.</summary>
    protected async Task<(Gate Gate, Task Held)> HoldAsync(DeviceClient device)
    {
        var gate = new Gate();
        var next = Model.OnEncode;
        Model.OnEncode = batch =>
        {
            if (batch is [{ LongestWindow: 1 }])
                gate.Pass();
            else
                next?.Invoke(batch);
        };
        var held = Ingest(device, 1);
        await gate.Entered;
        await ExpectBatchAsync(1);
        return (gate, held);
    }

    protected async Task ExpectBatchAsync(params int[] lengths) => Assert.Equal(lengths, await Model.Batches.ReceiveAsync());

    protected static Task Done(params Task[] tasks) => Task.WhenAll(tasks).WaitAsync(TestProbe.Patience);
}
