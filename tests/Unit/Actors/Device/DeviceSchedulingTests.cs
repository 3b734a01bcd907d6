using System.Diagnostics.Metrics;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Deploy;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

[Collection(Meters.Collection)]
public sealed class DeviceSchedulingTests : DeviceTestBase
{
    [Fact]
    public async Task Everything_runs_on_the_devices_own_thread_which_was_set_up_first()
    {
        Thread? setUp = null;
        var device = DeviceClient.Start(System, "cpu", Model.Load, Options, () => setUp = Thread.CurrentThread);
        var info = await device.Ready.WaitAsync(TestProbe.Patience);
        Assert.Equal(new DeviceInfo("fake-1", 2), info);
        await Done(Ingest(device, 3), Query(device, 4));
        await foreach (var _ in Generate(device, 3))
        {
        }

        await device.StopAsync().WaitAsync(TestProbe.Patience);
        Assert.Same(setUp, Assert.Single(Model.Threads));
        Assert.Equal(1, Model.Disposals);
        Assert.Equal(DeviceState.Stopped, device.Status.State);
    }

    [Fact]
    public async Task Batches_join_neighbours_in_length_within_the_token_budget()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        int[] lengths = [40, 5, 48, 6, 33, 4, 32, 50, 5, 31];
        var tasks = lengths.Select(n => Ingest(device, n)).ToArray();
        gate.Open();
        await Done([held, .. tasks]);

        var batches = new List<int[]>();
        for (var seen = 0; seen < lengths.Length; seen += batches[^1].Length)
            batches.Add(await Model.Batches.ReceiveAsync());
        Assert.Equal([[48, 50], [31, 32, 33], [40], [4, 5, 5, 6]], batches);
        Assert.Equal(lengths, tasks.Select(t => (int)t.Result.DocumentVector.Span[0]));

        var status = device.Status.Ingest;
        Assert.Equal(lengths.Sum() + 1, status.UsefulTokens);
        Assert.Equal(100 + 99 + 40 + 24 + 1, status.PaddedTokens);
        Assert.Equal(5, status.Batches);
        Assert.Equal(11, status.Documents);
        Assert.Equal(0, status.QueuedTokens);
    }

    [Fact]
    public async Task A_document_beyond_the_batch_budget_runs_alone()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var tasks = new[] { Ingest(device, 500), Ingest(device, 499) };
        gate.Open();
        await Done([held, .. tasks]);
        await ExpectBatchAsync(500);
        await ExpectBatchAsync(499);
    }

    [Fact]
    public async Task A_document_of_many_windows_counts_as_many_rows()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var wide = device.EncodeAsync(FakeModel.Document(20, windows: 3), EncodePriority.Ingest, default);
        var tasks = new[] { Ingest(device, 20), Ingest(device, 20), Ingest(device, 20) };
        gate.Open();
        await Done([held, wide, .. tasks]);
        await ExpectBatchAsync(20, 20, 20);
        await ExpectBatchAsync(20);
    }

    [Fact]
    public async Task An_old_document_goes_into_the_very_next_batch_whatever_its_length()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var old = Ingest(device, 2);
        await WhenQueued(device, 3);
        Time.Advance(Options.MaxAge);
        var tasks = new[] { Ingest(device, 50), Ingest(device, 50), Ingest(device, 49), Ingest(device, 49) };
        gate.Open();
        await Done([held, old, .. tasks]);
        Assert.Contains(2, await Model.Batches.ReceiveAsync());
    }

    [Fact]
    public async Task Queries_go_first_but_ingestion_keeps_its_floor()
    {
        var device = Start(Options with { IngestFloor = 3, MaxBatchDocuments = 1, QueryBudgetTokens = 1000 });
        var (gate, held) = await HoldAsync(device);
        var tasks = Enumerable.Range(0, 4).Select(_ => Ingest(device, 10)).Concat(Enumerable.Range(0, 6).Select(_ => Query(device, 20))).ToArray();
        await WhenQueued(device, 41, 120);
        gate.Open();
        await Done([held, .. tasks]);
        var order = new List<int>();
        for (var i = 0; i < 10; i++)
            order.Add((await Model.Batches.ReceiveAsync()).Single());
        Assert.Equal([20, 20, 10, 20, 20, 10, 20, 20, 10, 10], order);
    }

    [Fact]
    public async Task A_turn_of_ingestion_whose_callers_have_gone_does_not_strand_the_queries()
    {
        var device = Start(Options with { IngestFloor = 2, MaxBatchDocuments = 1 });
        var (gate, held) = await HoldAsync(device);
        using var cancellation = new CancellationTokenSource();
        var gone = Ingest(device, 10, cancellation.Token);
        var queries = new[] { Query(device, 20), Query(device, 21), Query(device, 22) };
        await cancellation.CancelAsync();
        gate.Open();
        await Done([held, .. queries]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
    }

    [Fact]
    public async Task The_meter_shows_what_the_status_shows()
    {
        var device = DeviceClient.Start(System, "metered", Model.Load, Options);
        await Done(Ingest(device, 30), Query(device, 20));
        var values = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "UnifiedVlm.Device")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Keep(i.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Keep(i.Name, value, tags));
        listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Keep(i.Name, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(30, values["uvlm.device.tokens.useful ingest"]);
        Assert.Equal(20, values["uvlm.device.tokens.useful query"]);
        Assert.Equal(100, values["uvlm.device.queue.budget query"]);
        Assert.Equal(0, values["uvlm.device.queue.tokens ingest"]);
        Assert.Equal(1, values["uvlm.device.documents query"]);
        Assert.Contains("uvlm.device.busy generate", values.Keys);
        Assert.Contains("uvlm.device.idle ", values.Keys);

        // Devices of other tests publish to the same listener.
        void Keep(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray().ToDictionary(t => t.Key, t => (string?)t.Value);
            if (all["device"] == "metered")
                values[$"{name} {all.GetValueOrDefault("priority") ?? all.GetValueOrDefault("work")}"] = value;
        }
    }

    [Fact]
    public async Task Queries_are_served_in_the_order_of_their_arrival()
    {
        var device = Start(Options with { MaxBatchDocuments = 1, QueryBudgetTokens = 1000 });
        var (gate, held) = await HoldAsync(device);
        var tasks = new List<Task>();
        foreach (var n in new[] { 7, 90, 3 })
        {
            tasks.Add(Query(device, n));
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        gate.Open();
        await Done([held, .. tasks]);
        foreach (var n in new[] { 7, 90, 3 })
            await ExpectBatchAsync(n);
    }

    [Fact]
    public async Task A_full_query_budget_refuses_and_takes_again_when_there_is_room()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var first = Query(device, 60);
        var busy = await Assert.ThrowsAsync<DeviceBusyException>(() => Query(device, 60));
        Assert.InRange(busy.RetryAfter.TotalSeconds, 1, 30);
        var small = Query(device, 40);
        gate.Open();
        await Done(held, first, small);
        await Done(Query(device, 60));
        Assert.Equal(0, device.Status.Query.QueuedTokens);
    }

    [Fact]
    public async Task Ingestion_waits_for_tokens_and_for_bytes()
    {
        var device = Start(Options with { IngestBudgetTokens = 50, IngestBudgetBytes = 100 });
        var (gate, held) = await HoldAsync(device);
        var fits = Ingest(device, 49);
        var waits = Ingest(device, 10);
        Assert.Equal(1, device.Status.Ingest.WaitingCallers);
        Assert.Equal(50, device.Status.Ingest.QueuedTokens);
        gate.Open();
        await Done(held, fits, waits);
        await ExpectBatchAsync(49);
        await ExpectBatchAsync(10);

        (gate, held) = await HoldAsync(device);
        var heavy = device.EncodeAsync(FakeModel.Document(2, pixels: new float[20]), EncodePriority.Ingest, default);
        var heavier = device.EncodeAsync(FakeModel.Document(3, pixels: new float[20]), EncodePriority.Ingest, default);
        Assert.Equal(1, device.Status.Ingest.WaitingCallers);
        gate.Open();
        await Done(held, heavy, heavier);
        Assert.Equal(0, device.Status.Ingest.QueuedTokens);
    }

    [Fact]
    public async Task A_free_device_lingers_for_company_but_not_beyond_its_time_and_not_for_queries()
    {
        var device = Start(Options with { MaxLinger = TimeSpan.FromMilliseconds(5), TargetQueueTokens = 100 });
        await device.Ready.WaitAsync(TestProbe.Patience);
        var first = Ingest(device, 10);
        await Time.WhenPendingAsync(1);
        await Done(Query(device, 7));
        await ExpectBatchAsync(7);
        var second = Ingest(device, 11);
        var timers = 0;
        Model.OnEncode = _ => timers = Time.Started;
        await WhenTakenIn(device);
        // After each batch it looks at the clock and sets its timer anew: time that passed in between would be forgotten.
        await Time.WhenStartedAsync(timers + 1);
        Model.Batches.ExpectNone();
        Time.Advance(TimeSpan.FromMilliseconds(5));
        await Done(first, second);
        await ExpectBatchAsync(10, 11);

        // Enough waits: no lingering.
        await Done(Ingest(device, 100));
    }

    [Fact]
    public async Task A_callers_leaving_drops_its_document_before_it_is_encoded()
    {
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        using var cancellation = new CancellationTokenSource();
        var gone = Ingest(device, 10, cancellation.Token);
        var stays = Ingest(device, 10);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.Open();
        await Done(held, stays);
        await ExpectBatchAsync(10);
        Assert.Equal(1, device.Status.Ingest.AbandonedDocuments);
        Assert.Equal(0, device.Status.Ingest.QueuedTokens);
    }

    [Fact]
    public async Task A_document_under_way_is_not_given_back_before_the_device_has_done_with_it()
    {
        var device = Start();
        using var cancellation = new CancellationTokenSource();
        var gate = new Gate();
        Model.OnEncode = _ => gate.Pass();
        var running = Ingest(device, 10, cancellation.Token);
        await gate.Entered;
        await cancellation.CancelAsync();
        Assert.False(running.IsCompleted);
        gate.Open();
        Assert.Equal(10, (await running.WaitAsync(TestProbe.Patience)).DocumentVector.Span[0]);
    }

    [Fact]
    public async Task Whoever_waits_when_the_device_stops_is_told()
    {
        var device = Start(Options with { IngestBudgetTokens = 20 });
        var (gate, held) = await HoldAsync(device);
        var queued = Ingest(device, 10);
        var outside = Ingest(device, 15);
        var query = Query(device, 5);
        var stop = device.StopAsync();
        gate.Open();
        await Done(stop, held);
        foreach (var task in new[] { queued, outside, query })
            await Assert.ThrowsAsync<ActorStoppedException>(() => task.WaitAsync(TestProbe.Patience));
        await Assert.ThrowsAsync<ActorStoppedException>(() => Ingest(device, 1));
        await Assert.ThrowsAsync<ActorStoppedException>(() => Query(device, 1));
        await Assert.ThrowsAsync<ActorStoppedException>(async () => await Generate(device, 1).GetAsyncEnumerator().MoveNextAsync());
    }

    /// <summary>The device has taken in every command told so far: one more query has passed through it.</summary>
    private async Task WhenTakenIn(DeviceClient device)
    {
        await Done(Query(device, 9));
        await ExpectBatchAsync(9);
    }

    private static Task WhenQueued(DeviceClient device, long ingest, long query = 0)
    {
        Assert.Equal(ingest, device.Status.Ingest.QueuedTokens);
        Assert.Equal(query, device.Status.Query.QueuedTokens);
        return Task.CompletedTask;
    }
}
