namespace UnifiedVlm.Chaos.Checking;

/// <summary>Every partition stands exactly at its log's end.</summary>
internal static class PositionCheck
{
    // ONLY: a mutation puts decoys into a child table.
    private const string Sql = "SELECT partition, next_offset FROM ONLY uvlm.ingest_offset WHERE group_id = @group AND topic = @topic";

    /// <summary>The first offset that is not in the store, by partition; 0 where nothing was written.</summary>
    public static async Task<long[]> ReadAsync(StoreReader reader, string group, string topic, int partitions)
    {
        var positions = new long[partitions];
        var rows = await reader.RowsAsync(Sql, static r => (Partition: r.GetInt32(0), Next: r.LongOrNull(1)), ("group", group), ("topic", topic));
        foreach (var (partition, next) in rows)
            positions[partition] = next ?? 0;
        return positions;
    }

    public static async Task RunAsync(StoreReader reader, Expectation expectation, CheckReport report)
    {
        var positions = await ReadAsync(reader, expectation.Group, expectation.Topic, expectation.Ends.Count);
        for (var partition = 0; partition < positions.Length; partition++)
        {
            var (stands, end) = (positions[partition], expectation.Ends[partition]);
            if (stands < end)
                report.Add(DamageKind.Lost, $"partition {partition} stands at {stands}, its log ends at {end}");
            else if (stands > end)
                report.Add(DamageKind.Conflicting, $"partition {partition} stands at {stands}, beyond its log's end {end}");
        }
    }
}
