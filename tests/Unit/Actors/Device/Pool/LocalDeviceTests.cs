using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device.Pool;

/// <summary>Two devices of one node, each with its actor.</summary>
public sealed class LocalDeviceTests : DeviceTestBase
{
    [Fact]
    public async Task A_device_that_is_lost_is_drained_and_its_work_done_by_the_other()
    {
        var other = new FakeModel();
        var reloading = new Gate();
        var loads = 0;
        var lost = DeviceClient.Start(
            System,
            "cuda:0",
            () =>
            {
                if (++loads > 1)
                    reloading.Pass();
                return Model.Load();
            },
            Options);
        var spare = DeviceClient.Start(System, "cuda:1", other.Load, Options);
        await Task.WhenAll(lost.Ready, spare.Ready);
        using var pool = new DevicePool("pool", new PoolOptions(), Time, NullLogger<DevicePool>.Instance);
        pool.Add(new LocalDevice(lost));
        pool.Add(new LocalDevice(spare));

        // Each gets one; the one on the lost device, and whatever comes while that is brought back, goes to the other.
        Model.OnEncode = static _ => throw new DeviceLostException("gone");
        var encodings = Enumerable.Range(1, 4).Select(length => pool.EncodeAsync(FakeModel.Document(length), EncodePriority.Ingest, CancellationToken.None)).ToList();
        await Task.WhenAll(encodings).WaitAsync(TestProbe.Patience);
        await reloading.Entered;
        Assert.Equal(PooledDeviceState.Returning, pool.Status[0].State);
        encodings.Add(pool.EncodeAsync(FakeModel.Document(9), EncodePriority.Ingest, CancellationToken.None));
        await Done([.. encodings]);
        Assert.Equal((0, 5), (pool.Status[0].Answered, pool.Status[1].Answered));
        Assert.Equal(0, pool.Status[0].IngestTokens);
        reloading.Open();
    }
}
