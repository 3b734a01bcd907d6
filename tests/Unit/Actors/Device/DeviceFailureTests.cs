using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

public sealed class DeviceFailureTests : DeviceTestBase
{
    [Fact]
    public async Task A_bad_document_fails_alone_and_its_neighbours_do_not()
    {
        Model.OnEncode = batch =>
        {
            if (batch.Any(d => d.LongestWindow == 13))
                throw new InvalidDataException("thirteen");
        };
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var tasks = Enumerable.Range(8, 8).Select(n => Ingest(device, n)).ToArray();
        gate.Open();
        await held;
        for (var i = 0; i < tasks.Length; i++)
        {
            if (i + 8 == 13)
                Assert.IsType<InvalidDataException>((await Assert.ThrowsAsync<DeviceFailedException>(() => tasks[i])).InnerException);
            else
                Assert.Equal(i + 8, (await tasks[i].WaitAsync(TestProbe.Patience)).DocumentVector.Span[0]);
        }

        Assert.Equal(1, device.Status.Ingest.FailedDocuments);
        Assert.Equal(0, device.Status.Restarts);
        Assert.Equal(0, device.Status.Ingest.QueuedTokens);
    }

    [Fact]
    public async Task A_wrong_number_of_results_is_a_failure_not_a_mix_up()
    {
        var device = DeviceClient.Start(System, "short", () => new DeviceModel(new ShortEncoder(), Model), Options);
        await Assert.ThrowsAsync<DeviceFailedException>(() => Ingest(device, 5).WaitAsync(TestProbe.Patience));
    }

    [Fact]
    public async Task Queued_work_survives_the_loss_of_the_device()
    {
        var losses = 0;
        Model.OnEncode = batch =>
        {
            if (batch.Count > 1 && losses++ == 0)
                throw new DeviceLostException("gone");
        };
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var tasks = new[] { 20, 21, 22, 90, 91 }.Select(n => Ingest(device, n)).Append(Query(device, 30)).ToArray();
        gate.Open();
        await Done([held, .. tasks]);
        Assert.Equal(1, device.Status.Restarts);
        Assert.Equal(1, Model.Disposals);
        Assert.Equal(DeviceState.Running, device.Status.State);
        Assert.Equal([20, 21, 22, 90, 91, 30], tasks.Select(t => (int)t.Result.DocumentVector.Span[0]));
    }

    [Fact]
    public async Task Those_who_shared_a_lost_device_are_tried_alone_and_only_the_culprit_fails()
    {
        Model.OnEncode = batch =>
        {
            if (batch.Any(d => d.LongestWindow == 21))
                throw new OutOfMemoryException();
        };
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var tasks = new[] { 20, 21, 22 }.Select(n => Ingest(device, n)).ToArray();
        gate.Open();
        await held;
        Assert.IsType<OutOfMemoryException>((await Assert.ThrowsAsync<DeviceFailedException>(() => tasks[1].WaitAsync(TestProbe.Patience))).InnerException);
        // The caller is told before the device is brought back once more: what it serves after that comes after the count.
        await Done(tasks[0], tasks[2], Ingest(device, 10));
        Assert.Equal(3, device.Status.Restarts);
    }

    [Fact]
    public async Task A_device_that_can_not_be_brought_back_is_given_up_and_everyone_is_told()
    {
        var loads = 0;
        var device = DeviceClient.Start(
            System,
            "cpu",
            () => Interlocked.Increment(ref loads) == 1 ? Model.Load() : throw new IOException("no weights"),
            Options);
        Model.OnEncode = _ => throw new DeviceLostException("gone");
        await device.Ready.WaitAsync(TestProbe.Patience);
        var ingest = Ingest(device, 10);
        await Assert.ThrowsAsync<DeviceLostException>(() => ingest.WaitAsync(TestProbe.Patience));
        await device.WhenStopped.WaitAsync(TestProbe.Patience);
        Assert.Equal(4, loads);
        await Assert.ThrowsAsync<DeviceLostException>(() => Query(device, 1));
        Assert.Equal(0, device.Status.Ingest.QueuedTokens);
        Assert.Equal(DeviceState.Stopped, device.Status.State);
    }

    [Fact]
    public async Task A_device_that_never_comes_up_fails_its_readiness()
    {
        var device = DeviceClient.Start(System, "cpu", () => throw new IOException("no weights"), Options);
        var lost = await Assert.ThrowsAsync<DeviceLostException>(() => device.Ready.WaitAsync(TestProbe.Patience));
        Assert.Contains("no weights", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_weights_after_a_restart_stop_the_device()
    {
        var device = Start();
        await device.Ready.WaitAsync(TestProbe.Patience);
        Model.OnEncode = _ => throw new DeviceLostException("gone");
        Model.Fingerprint = "fake-2";
        var lost = await Assert.ThrowsAsync<DeviceLostException>(() => Ingest(device, 10).WaitAsync(TestProbe.Patience));
        Assert.IsType<ModelChangedException>(lost.InnerException);
        await device.WhenStopped.WaitAsync(TestProbe.Patience);
        Assert.Equal(2, Model.Disposals);
    }

    [Fact]
    public async Task A_caller_that_leaves_while_its_document_waits_for_the_next_life_is_let_go()
    {
        using var cancellation = new CancellationTokenSource();
        Model.OnEncode = batch =>
        {
            if (batch.Count > 1)
            {
                cancellation.Cancel();
                throw new DeviceLostException("gone");
            }
        };
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var gone = Ingest(device, 20, cancellation.Token);
        var stays = Ingest(device, 21);
        gate.Open();
        await Done(held, stays);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone.WaitAsync(TestProbe.Patience));
        Assert.Equal(0, device.Status.Ingest.QueuedTokens);
    }

    private sealed class ShortEncoder : UnifiedVlm.Model.Encoding.ISequenceEncoder
    {
        public string Fingerprint => "short";

        public int Dimension => 2;

        public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<UnifiedVlm.Model.Preparation.PreparedDocument> batch, CancellationToken cancellationToken) => [];
    }
}
