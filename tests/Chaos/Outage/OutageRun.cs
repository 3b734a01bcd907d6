using System.Diagnostics;
using UnifiedVlm.Chaos.Run;
using UnifiedVlm.Chaos.Workload;
using UnifiedVlm.Streams.Broker;

namespace UnifiedVlm.Chaos.Outage;

/// <summary>
/// PostgreSQL goes, records keep coming, PostgreSQL comes back. Meanwhile nodes have to keep their partitions and their memory; afterwards everything
/// has to be stored once.
/// </summary>
internal sealed class OutageRun(Testbed bed, OutageOptions options, TextWriter progress)
{
    private const int WarmUpRecords = 2000;
    private const int RecordsAfterwards = 500;
    private const int DrainStep = 100;

    /// <summary>The test broker drops the oldest beyond <see cref="MockBroker.RetainedBytes"/> without a word: so much of a partition may wait, headers and framing not counted.</summary>
    private const long LargestBacklog = MockBroker.RetainedBytes * 3 / 5;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly List<OutageSample> samples = [];
    private readonly List<NodeWatch> watches = [];
    private readonly Lock gate = new();
    private OutagePhase phase;
    private long wentAt = Stopwatch.GetTimestamp();
    private long sentBefore;

    /// <param name="stop">Ends the outage early; everything after it is done all the same.</param>
    public async Task<OutageReport> RunAsync(CancellationToken stop = default)
    {
        await bed.Sender.SeedAsync(bed.Options.Seed);
        foreach (var node in bed.Fleet.Nodes)
            watches.Add(await NodeWatch.StartAsync(node));
        await bed.UntilAsync(IsSharedOutAsync, "every node holds its share of the partitions");
        await bed.UntilStoredAsync(WarmUpRecords);

        using var sampled = new CancellationTokenSource();
        var sampling = SampleAsync(sampled.Token);
        bed.Broker.Cluster.TrackRequests();
        var (owners, mark) = (await OwnersAsync(), await bed.Trail.MarkAsync());
        await GoAwayAsync(stop);
        var away = Stopwatch.GetElapsedTime(wentAt);
        var beats = bed.Broker.Cluster.CountRequests();

        await bed.Server.StartAgainAsync();
        var drained = await DrainAsync();
        await bed.UntilStoredAsync(RecordsAfterwards);
        var found = await bed.CheckAsync();
        await sampled.CancelAsync();
        await sampling;
        watches.ForEach(static w => w.Dispose());
        return new OutageReport
        {
            Options = options,
            Bed = bed.Options,
            Samples = samples,
            Away = away,
            Drained = drained,
            Requests = beats,
            RequestsInAll = bed.Broker.Cluster.CountRequests(),
            Taken = await bed.Server.ScalarAsync<long>($"SELECT count(*) FROM chaos.fence_trail WHERE taken AND id > {mark}"),
            OwnersKept = owners.SequenceEqual(await OwnersAsync()),
            Ended = bed.Fleet.Ended,
            History = bed.History,
            Found = found,
        };
    }

    /// <summary>The last rebalance of a beginning is over, and none of them is taken for one of the outage.</summary>
    private async Task<bool> IsSharedOutAsync()
    {
        foreach (var node in bed.Fleet.Nodes)
        {
            if ((await bed.Trail.HeldByAsync(node.Life)).Count < bed.Options.Partitions / bed.Options.Nodes)
                return false;
        }

        return true;
    }

    private Task<List<string>> OwnersAsync() => bed.Server.AskAsync(static reader => reader.RowsAsync(
        "SELECT concat_ws(' ', group_id, topic, partition, owner, epoch) FROM uvlm.ingest_offset WHERE group_id = 'chaos' ORDER BY 1", static r => r.GetString(0)));

    private async Task GoAwayAsync(CancellationToken stop)
    {
        await using var pause = await bed.Sender.PauseAsync();
        var before = bed.History.Bytes;
        await (options.Kill ? bed.Server.KillAsync() : bed.Server.StopAsync());
        lock (gate)
            (wentAt, sentBefore, phase) = (Stopwatch.GetTimestamp(), bed.History.Records, OutagePhase.Away);
        using var timer = new PeriodicTimer(Interval / 10);
        for (var due = 0.0; Stopwatch.GetElapsedTime(wentAt) is var since && since < options.Length && !stop.IsCancellationRequested; await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            await bed.Fleet.ReviveAsync();
            for (; due + Sender.Batch <= since.TotalSeconds * options.Rate && bed.History.Bytes.Zip(before).All(static b => b.First - b.Second < LargestBacklog); due += Sender.Batch)
                await bed.Sender.SendNowAsync();
        }
    }

    /// <returns>Time from the server's first answer until all that had been sent was stored. Whoever makes no progress at all is found by its limit.</returns>
    private async Task<TimeSpan> DrainAsync()
    {
        phase = OutagePhase.Draining;
        var since = Stopwatch.GetTimestamp();
        var end = bed.History.Ends.Sum();
        while ((await bed.PositionsAsync()).Sum() is var stored && stored < end)
            await bed.UntilStoredAsync((int)Math.Min(DrainStep, end - stored));
        phase = OutagePhase.Drained;
        return Stopwatch.GetElapsedTime(since);
    }

    private async Task SampleAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            var nodes = await Task.WhenAll(watches.Select(static w => w.SampleAsync()));
            lock (gate)
            {
                var at = phase == OutagePhase.Before ? -Interval : Stopwatch.GetElapsedTime(wentAt);
                var sent = phase == OutagePhase.Before ? 0 : bed.History.Records - sentBefore;
                samples.Add(new OutageSample(at, phase, sent, nodes));
            }

            if (samples.Count % 30 == 0)
                progress.WriteLine($"{phase}, {samples[^1].At.TotalSeconds:F0} s: {samples[^1].Sent} sent, {string.Join(", ", nodes.Select(static n => $"{n.Resident >> 20} MB, {n.Used("records")} records"))}");
        }
        while (await timer.WaitForNextTickAsync(stop).AsTask().ContinueWith(static t => t.IsCompletedSuccessfully && t.Result, TaskScheduler.Default));
    }
}
