using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Tests.Unit.Actors.Device;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Rpc;

/// <summary>A node without a device.</summary>
internal sealed class BorrowingNode : IAsyncDisposable
{
    private readonly List<RemoteDevice> devices = [];

    // On a busy machine an answer may take its time, and nobody is to be taken for gone.
    private static RemoteOptions Options { get; } = new() { PingTimeout = TimeSpan.FromMinutes(1), ConnectTimeout = TestProbe.Patience };

    public DevicePool Pool { get; } = new("borrowed", new PoolOptions { QueryPatience = TestProbe.Patience }, TimeProvider.System, NullLogger<DevicePool>.Instance);

    /// <summary>Connects to a node, which may refuse.</summary>
    public RemoteDevice Borrow(LendingNode node, string secret = "", string fingerprint = "fake-1")
    {
        var device = new RemoteDevice(
            $"node-{devices.Count}", node.Address, "borrower", new DeviceInfo(fingerprint, 2), Options with { Secret = secret }, TimeProvider.System, NullLogger<RemoteDevice>.Instance);
        devices.Add(device);
        Pool.Add(device);
        return device;
    }

    public async Task<RemoteDevice> BorrowAsync(LendingNode node, string secret = "")
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var device = Borrow(node, secret);
        device.Changed += () => Look();
        Look();
        await ready.Task.WaitAsync(TestProbe.Patience);
        return device;

        void Look()
        {
            if (device.State == PooledDeviceState.Ready)
                ready.TrySetResult();
        }
    }

    public Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority = EncodePriority.Ingest, CancellationToken token = default)
        => Pool.EncodeAsync(document, priority, token);

    public Task<SequenceEmbedding>[] Ingest(int count, int length)
        => [.. Enumerable.Range(0, count).Select(_ => EncodeAsync(FakeModel.Document(length)))];

    public async ValueTask DisposeAsync()
    {
        foreach (var device in devices)
        {
            Pool.Remove(device);
            await device.DisposeAsync();
        }

        Pool.Dispose();
    }
}
