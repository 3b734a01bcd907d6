using System.Globalization;

namespace UnifiedVlm.Chaos.Server;

/// <summary>Who took and wrote which partition, as chaos.sql's triggers saw it.</summary>
internal sealed class FenceTrail(ChaosServer server, string topic)
{
    /// <summary>The latest entry.</summary>
    public Task<long> MarkAsync() => server.ScalarAsync<long>("SELECT coalesce(max(id), 0) FROM chaos.fence_trail");

    /// <summary>Partitions that the process was the last to take.</summary>
    public Task<List<int>> HeldByAsync(int life) => server.AskAsync(reader => reader.RowsAsync(
        """
        SELECT last.partition
        FROM (SELECT DISTINCT ON (partition) partition, life FROM chaos.fence_trail WHERE topic = @topic AND taken ORDER BY partition, id DESC) last
        WHERE last.life = @life
        """,
        static r => r.GetInt32(0),
        ("topic", topic), ("life", life)));

    /// <summary>Whether others than the process have taken all of the partitions since.</summary>
    public Task<bool> AreTakenByOthersAsync(IReadOnlyList<int> partitions, int life, long since) => server.ScalarAsync<bool>(string.Create(
        CultureInfo.InvariantCulture,
        $"""
        SELECT count(DISTINCT partition) = {partitions.Count} FROM chaos.fence_trail
        WHERE topic = '{topic}' AND taken AND life <> {life} AND id > {since} AND partition IN ({string.Join(',', partitions)})
        """));

    /// <summary>Whether the process has taken any partition since.</summary>
    public Task<bool> HasTakenAsync(int life, long since) => HasAsync("taken", life, since);

    /// <summary>Whether the process has committed any range since.</summary>
    public Task<bool> HasWrittenAsync(int life, long since) => HasAsync("NOT taken", life, since);

    private Task<bool> HasAsync(string what, int life, long since) => server.ScalarAsync<bool>(string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT EXISTS (SELECT FROM chaos.fence_trail WHERE topic = '{topic}' AND {what} AND life = {life} AND id > {since})"));
}
