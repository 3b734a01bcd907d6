namespace UnifiedVlm.Chaos.Checking;

/// <summary>
/// Reads the trail that a trigger keeps of every change of a fence row (chaos.sql): each range was committed by the process that had taken the
/// partition last, and begins where the one before it ended. A row lock orders the entries of a partition.
/// </summary>
internal static class OwnerCheck
{
    private const string Sql = """
        SELECT partition, life, taken, epoch, writer_epoch, from_offset, to_offset FROM chaos.fence_trail
        WHERE group_id = @group AND topic = @topic ORDER BY id
        """;

    public static async Task RunAsync(StoreReader reader, Expectation expectation, CheckReport report)
    {
        var trail = await reader.RowsAsync(
            Sql,
            static r => new Entry(r.GetInt32(0), r.IntOrNull(1), r.GetBoolean(2), r.GetInt64(3), r.LongOrNull(4), r.LongOrNull(5), r.LongOrNull(6)),
            ("group", expectation.Group), ("topic", expectation.Topic));
        foreach (var partition in trail.GroupBy(static e => e.Partition))
            Follow(partition, report);
    }

    private static void Follow(IGrouping<int, Entry> partition, CheckReport report)
    {
        int? owner = null;
        long? position = null;
        foreach (var entry in partition)
        {
            if (entry.Taken)
            {
                owner = entry.Life;
                continue;
            }

            var range = $"[{entry.From}, {entry.To}) of partition {partition.Key}";
            if (entry.Life != owner)
                report.Add(DamageKind.OutdatedOwner, $"{range} was written by process {entry.Life}, the partition had been taken by {owner}");
            else if (entry.WriterEpoch != entry.Epoch)
                report.Add(DamageKind.OutdatedOwner, $"{range} was written under epoch {entry.WriterEpoch}, the partition has {entry.Epoch}");
            if (position is { } before && entry.From != before)
                report.Add(entry.From < before ? DamageKind.Duplicated : DamageKind.Lost, $"{range} follows on {before}");
            position = entry.To;
        }
    }

    private sealed record Entry(int Partition, int? Life, bool Taken, long Epoch, long? WriterEpoch, long? From, long? To);
}
