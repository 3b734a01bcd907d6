using System.CommandLine;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm offsets</c>: where groups stand in their logs, and the operator's word when a log is a new one.</summary>
internal static class OffsetsCommand
{
    public static Command Create()
    {
        var command = new Command("offsets", "Show where ingestion stands, or let a group take up a new log.");
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreateAdopt());
        return command;
    }

    private static Command CreateList() => StoreCommand.Create(new Command("list", "Show the position, owner and epoch of every partition."), static async (store, _, cancellationToken) =>
    {
        var status = await store.Status.ReadAsync(cancellationToken);
        foreach (var offset in status.Offsets)
        {
            var log = offset.Partition;
            Console.WriteLine($"{log.GroupId}\t{log.LogId}\t{log.Topic}/{log.Partition}\tnext {offset.NextOffset?.ToString() ?? "-"}\tepoch {offset.Epoch}\towner {offset.Owner}\t{offset.UpdatedAt:u}");
        }

        return 0;
    }, makes: true);

    private static Command CreateAdopt()
    {
        var group = Setting.Text("--group", "UVLM_GROUP", Defaults.Group, "Consumer group");
        var topic = new Option<string>("--topic") { Description = "Topic that was created anew or is another cluster's", Required = true };
        var logId = new Option<string>("--log-id") { Description = "The new log, as the message that sent you here names it", Required = true };
        var partition = new Option<int?>("--partition") { Description = "This partition alone, also where the log is the one that the group has read: a log that was cut off is read anew [default: all]" };
        return StoreCommand.Create(
            new Command("adopt", "Forget the group's positions in the topic's earlier log: the new one is read from its beginning, and what it has of a document is newer. Where that one is read already, none is forgotten without --partition.") { group, topic, logId, partition },
            async (store, result, cancellationToken) =>
            {
                var generations = await store.Generations.ListAsync(cancellationToken);
                var live = generations.FirstOrDefault(static g => g.State == GenerationState.Live)
                    ?? throw new UsageException("Nothing has been ingested into this store yet, so there is no position to forget.");
                var ingest = await store.OpenIngestAsync(live.Fingerprint, live.Dimension, cancellationToken);
                var (read, log) = (result.GetValue(topic)!, result.GetValue(logId)!);
                var adopted = await ingest.AdoptLogAsync(result.GetValue(group)!, read, log, result.GetValue(partition), cancellationToken);
                Console.WriteLine($"{adopted.Forgotten} stored position(s) forgotten. Where the group has a position in this log, what it has of a document is newer than what came from a log that was given up, and from other logs of the topic in which no group has a position.");
                if (adopted.Holders.Count > 0)
                    Console.WriteLine("Left out are other logs of the topic in which a group still has a position. If the group reads that log no more, adopt this one for it too, in the same store:");
                foreach (var holder in adopted.Holders)
                    Console.WriteLine($"  uvlm offsets adopt --group {holder} --topic {read} --log-id {log}");
                return 0;
            });
    }
}
