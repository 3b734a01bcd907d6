using UnifiedVlm.Server.Cli.Care;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Status;
using UnifiedVlm.Streams.Telemetry;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Http;

/// <summary>Puts together what GET /v1/status says.</summary>
/// <param name="ingest">Null: the node does not ingest.</param>
internal sealed class StatusReporter(Node node, IngestHost? ingest, RetentionOptions retention, ClusterMember member, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();

    public async Task<StatusReport> ReadAsync(CancellationToken cancellationToken)
    {
        var (store, removed, outbox) = await ReadStoreAsync(cancellationToken);
        return new StatusReport(
            time.GetElapsedTime(started).TotalSeconds, Model(), Generation(), store, ingest is null ? NoIngest() : Ingest(ingest.Status, ingest.DocumentsPerSecond), removed,
            member.Name, [.. member.Members.Select(MemberStatus.From)], [.. node.Devices.Pool.Status.Select(DeviceReport.From)])
        {
            Events = outbox,
        };
    }

    /// <summary>While the database is away, how full the node is matters most: then only what is stored is left out.</summary>
    private async Task<(StoreStatus? Store, IReadOnlyList<RetentionReport> Retention, EventStatus? Events)> ReadStoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            var store = await node.Store.Status.ReadAsync(cancellationToken);
            var removed = await node.Store.Retention.ReadAsync(cancellationToken);
            var outbox = await node.Store.Outbox.ReadStatusAsync(cancellationToken);
            return (
                new StoreStatus(
                    store.Collections.Sum(static c => c.Documents), store.Collections.Sum(static c => c.Parts), store.Tombstones, store.DeadLetters, store.Replays, store.DatabaseBytes,
                    store.Index?.ToString() ?? "none yet", [.. store.Generations.Select(Lag)]),
                [.. removed.Select(Retention)],
                new EventStatus(outbox.Unpublished, outbox.OldestAge?.TotalSeconds, outbox.Dropped));
        }
        catch (Exception error) when (TransientErrors.IsTransient(error))
        {
            return (null, [], null);
        }
    }

    private static IndexGenerationStatus Lag(GenerationLag lag) => new(
        lag.Generation.Id, lag.Generation.State.ToString().ToLowerInvariant(), lag.Generation.Fingerprint, lag.Generation.Dimension, lag.Pending, lag.Failed);

    private ModelStatus Model()
    {
        var devices = node.Devices.Local.Select(static device => device.Status).ToList();
        return new ModelStatus(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(node.Options.ModelDirectory)),
            node.Model.IsTrained, devices.Count == 0 ? "none" : string.Join(',', devices.Select(static d => d.Name)),
            devices.Select(static d => d.IdleShare).DefaultIfEmpty(1).Average(), node.Info.Dimension, node.Info.Fingerprint);
    }

    private GenerationStatus Generation()
    {
        var devices = node.Devices.Local.Select(static device => device.Status).ToList();
        return new GenerationStatus(
            devices.Sum(static d => d.Generations), devices.Sum(static d => d.MaxGenerations), devices.Sum(static d => d.Cache.UsedBlocks), devices.Sum(static d => d.Cache.Blocks),
            devices.Sum(static d => d.GeneratedTokens), devices.Sum(static d => d.Cache.SharedTokens), torch.memory.live_handles);
    }

    private IngestStatus NoIngest() => new(0, 0, 0, 0, 0, [], [Tokens()], []);

    private IngestStatus Ingest(PipelineStatus status, double documentsPerSecond)
    {
        var totals = status.Totals;
        return new IngestStatus(
            totals.Upserted + totals.Unchanged + totals.Stale + totals.Deleted + totals.DeadLettered,
            totals.Upserted,
            totals.Unchanged,
            totals.DeadLettered,
            documentsPerSecond,
            [.. status.Stages.Select(static stage => new StageStatus(stage.Stage.ToString().ToLowerInvariant(), stage.Active.TotalSeconds, stage.Items))],
            [
                .. status.Budgets.Select(static budget => new BudgetStatus(budget.Name, Unit(budget.Name), budget.InUse, budget.Capacity)),
                Tokens(),
                .. status.Queues.Select(static queue => new BudgetStatus(queue.Name, Unit(queue.Name), queue.Length, queue.Capacity)),
            ],
            [
                .. status.Partitions
                    .Select(static p => new PartitionStatus(p.Partition.Topic, p.Partition.Partition, p.NextOffset, p.Lag, p.Paused ? "paused" : "reading"))
                    .Concat(status.Halted.Select(static log => new PartitionStatus(log.Topic, log.Partition, null, null, "halted")))
                    .OrderBy(static p => p.Topic, StringComparer.Ordinal).ThenBy(static p => p.Partition),
            ]);
    }

    private RetentionReport Retention(RetentionStatus status)
        => new(Name(status.Rule), KeepTime.ToText(retention.Keep(status.Rule)),
            status.RanAt, status.Removed, status.Total);

    private static string Name(RetentionRule rule) => rule switch
    {
        RetentionRule.DeadLetters => "dead letters",
        RetentionRule.UnpublishedEvents => "unpublished events",
        _ => rule.ToString().ToLowerInvariant(),
    };

    private static string Unit(string name) => name.EndsWith("bytes", StringComparison.Ordinal) ? "bytes" : "records";

    private BudgetStatus Tokens()
    {
        var lanes = node.Devices.Local.Select(static device => device.Status.Ingest).ToList();
        return new BudgetStatus("device queue", "tokens", lanes.Sum(static lane => lane.QueuedTokens), lanes.Sum(static lane => lane.BudgetTokens));
    }
}
