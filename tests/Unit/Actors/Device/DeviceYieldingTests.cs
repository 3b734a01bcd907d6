using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

/// <summary>A batch of ingestion is left between its passes while queries wait.</summary>
public sealed class DeviceYieldingTests : DeviceTestBase
{
    [Fact]
    public async Task A_query_comes_between_the_passes_of_a_batch_of_ingestion()
    {
        Model.StepsPerBatch = 3;
        var order = new List<string>();
        var gate = new Gate();
        Model.OnEncode = batch => order.Add(batch[0].LongestWindow == 10 ? "i" : "q");
        Model.OnEncodeStep = step =>
        {
            order.Add($"{step}");
            if (order.SequenceEqual(["i", "0"]))
                gate.Pass();
        };
        var device = Start();
        var ingest = Ingest(device, 10);
        await gate.Entered;
        var queries = new[] { Query(device, 20), Query(device, 21) };
        gate.Open();
        await Done([ingest, .. queries]);

        // The first pass was under way; then the queries, whole; then what is left of the batch.
        Assert.Equal("i0q012", string.Concat(order)[..6]);
        Assert.EndsWith("12", string.Concat(order), StringComparison.Ordinal);
        Assert.Equal(10, (await ingest).DocumentVector.Span[0]);
        Assert.Equal(1, device.Status.Ingest.Batches);
    }

    [Fact]
    public async Task A_turn_of_ingestion_among_waiting_queries_lasts_its_share_of_their_time()
    {
        Model.StepsPerBatch = 20;
        var order = new List<char>();
        var gate = new Gate();
        var current = 'i';
        Model.OnEncode = batch => current = batch[0].LongestWindow == 10 ? 'i' : 'q';
        Model.OnEncodeStep = step =>
        {
            order.Add(current);
            if (order.Count == 1)
                gate.Pass();
            Time.Advance(TimeSpan.FromMilliseconds(current == 'q' ? 0.5 : 1));
            if (step == Model.StepsPerBatch - 1)
                current = 'i'; // A query is never left: what goes on after it has begun before.
        };
        var device = Start(Options with { MaxBatchDocuments = 1 });
        var ingest = Ingest(device, 10);
        await gate.Entered;
        var queries = Enumerable.Range(0, 4).Select(_ => Query(device, 5)).ToArray();
        gate.Open();
        await Done([ingest, .. queries]);

        // Three queries took 30 ms: a third of it, ten steps, is ingestion's before the fourth.
        Assert.Equal(string.Concat("i", new string('q', 60), new string('i', 10), new string('q', 20), new string('i', 9)), string.Concat(order));
    }

    [Fact]
    public async Task Without_queries_a_batch_is_not_left()
    {
        Model.StepsPerBatch = 5;
        var steps = new List<int>();
        Model.OnEncodeStep = steps.Add;
        var device = Start();
        await Done(Ingest(device, 10));
        Assert.Equal([0, 1, 2, 3, 4], steps);
    }

    [Fact]
    public async Task A_device_lost_for_a_query_keeps_the_batch_of_ingestion_that_was_half_done()
    {
        Model.StepsPerBatch = 2;
        var gate = new Gate();
        var (held, lost) = (false, false);
        Model.OnEncodeStep = step =>
        {
            if (step == 0 && !held)
            {
                held = true;
                gate.Pass();
            }
        };
        Model.OnEncode = batch =>
        {
            if (batch[0].LongestWindow == 20 && !lost)
            {
                lost = true;
                throw new DeviceLostException("gone");
            }
        };
        var device = Start();
        var ingest = Ingest(device, 10);
        await gate.Entered;
        var query = Query(device, 20);
        gate.Open();
        await Done(ingest, query);
        Assert.Equal(1, device.Status.Restarts);
        Assert.Equal(10, (await ingest).DocumentVector.Span[0]);
    }

    [Fact]
    public async Task A_stopped_device_tells_the_callers_of_a_batch_that_is_half_done()
    {
        Model.StepsPerBatch = 2;
        var gate = new Gate();
        var held = false;
        Model.OnEncodeStep = step =>
        {
            if (!held)
            {
                held = true;
                gate.Pass();
            }
        };
        var device = Start();
        var ingest = Ingest(device, 10);
        await gate.Entered;
        var query = Query(device, 20);
        var stopping = device.StopAsync();
        gate.Open();
        await Assert.ThrowsAnyAsync<Exception>(() => query.WaitAsync(TestProbe.Patience));
        await Assert.ThrowsAsync<ActorStoppedException>(() => ingest.WaitAsync(TestProbe.Patience));
        await stopping.WaitAsync(TestProbe.Patience);
        Assert.Equal(0, device.Status.Ingest.QueuedTokens);
    }
}
