using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

/// <summary>The batch after the one that runs is there already, for threads that find nothing more to do.</summary>
public sealed class DeviceAheadTests : DeviceTestBase
{
    [Fact]
    public async Task Each_batch_of_ingestion_has_the_next_one_with_it_and_a_query_none()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        Assert.Empty(await Model.Ahead.ReceiveAsync());
        var tasks = new[] { Ingest(device, 90), Ingest(device, 80), Ingest(device, 70), Query(device, 5) };
        gate.Open();
        await Done([held, .. tasks]);

        int[][] ran = [await Model.Batches.ReceiveAsync(), await Model.Batches.ReceiveAsync(), await Model.Batches.ReceiveAsync(), await Model.Batches.ReceiveAsync()];
        Assert.Equal([5], ran[0]);
        foreach (var ahead in new[] { [], ran[2], ran[3], [] })
            Assert.Equal(ahead, await Model.Ahead.ReceiveAsync());
        Assert.Equal([70, 80, 90], ran[1..].Select(static batch => batch[0]).Order());
    }

    [Fact]
    public async Task An_encoder_that_makes_nothing_of_the_next_batch_does_not_get_it()
    {
        Model.WorksAhead = false;
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var tasks = new[] { Ingest(device, 90), Ingest(device, 80) };
        gate.Open();
        await Done([held, .. tasks]);
        for (var batch = 0; batch < 3; batch++)
            Assert.Empty(await Model.Ahead.ReceiveAsync());
    }

    [Fact]
    public async Task A_document_that_must_be_alone_has_nothing_with_it_and_is_with_nothing()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        Assert.Empty(await Model.Ahead.ReceiveAsync());
        var alone = device.EncodeAsync(new PreparedDocument([new PreparedWindow(new int[33], [], null, 0, 0)], []) { Alone = true }, EncodePriority.Ingest, CancellationToken.None);
        var others = new[] { Ingest(device, 90), Ingest(device, 80) };
        gate.Open();
        await Done([held, alone, .. others]);

        await ExpectBatchAsync(33);
        Assert.Empty(await Model.Ahead.ReceiveAsync());
        await Model.Batches.ReceiveAsync();
        Assert.Equal(await Model.Ahead.ReceiveAsync(), await Model.Batches.ReceiveAsync());
    }

    [Fact]
    public async Task A_device_that_is_lost_with_two_batches_on_it_is_nobodys_fault()
    {
        // With 90 and what comes after it the device is lost, as often as would be enough to blame a document that was alone.
        var losses = 0;
        Model.OnEncode = batch =>
        {
            if (batch is [{ LongestWindow: 90 }] && losses++ == 0)
                throw new DeviceLostException("gone");
        };
        var device = Start(Options with { MaxLossesAlone = 1 });
        var (gate, held) = await HoldAsync(device);
        var tasks = new[] { Ingest(device, 90), Ingest(device, 80) };
        gate.Open();
        await Done([held, .. tasks]);
        Assert.Equal(1, device.Status.Restarts);
        Assert.Equal(0, device.Status.Ingest.FailedDocuments);
    }

    [Fact]
    public async Task A_device_that_is_stopped_tells_those_of_the_next_batch_too()
    {
        var inside = new Gate();
        Model.OnEncode = batch =>
        {
            if (batch is [{ LongestWindow: > 60 }])
                inside.Pass();
        };
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var tasks = new[] { Ingest(device, 90), Ingest(device, 80) };
        gate.Open();
        await held;
        await inside.Entered;
        var stopping = System.DisposeAsync();
        inside.Open();
        await stopping;
        foreach (var task in tasks)
            await Task.WhenAny(task).WaitAsync(TestProbe.Patience);
    }
}
