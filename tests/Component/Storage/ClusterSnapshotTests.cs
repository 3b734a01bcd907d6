using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>What <c>uvlm doctor --cluster</c> reads.</summary>
public sealed class ClusterSnapshotTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task An_empty_store_is_an_empty_cluster()
    {
        var read = await Store.ReadClusterAsync(TimeProvider.System);
        Assert.Empty(read.Members);
        Assert.Empty(read.Leases);
        Assert.Empty(read.Offsets);
        Assert.Empty(read.Inbox);
        Assert.Equal((0, 0, new WaitingEvents(0, TimeSpan.Zero)), (read.DeadLetters, read.RecentDeadLetters, read.Events));
    }

    [Fact]
    public async Task Members_dead_and_alive_leases_and_what_waits_are_seen()
    {
        var lifetime = TimeSpan.FromMinutes(5);
        foreach (var name in (string[])["alive", "dead"])
            await Store.Members.JoinAsync(new MemberInfo(name, NodeRoles.Query, null, null, "f", 8, "1.0.0"), lifetime, CancellationToken.None);
        await ExecuteAsync("UPDATE uvlm.member SET expires_at = now() - interval '2 minutes' WHERE name = 'dead'");
        var lease = await Store.Leases.TryTakeAsync("outbox", "alive", lifetime, CancellationToken.None);
        var ids = (await Store.Inbox.AppendAsync([Push("x"), Push("y")], null, new byte[32], CancellationToken.None)).Ids;
        await ExecuteAsync($"""
            INSERT INTO uvlm.ingest_offset (group_id, log_id, topic, partition, next_offset, owner, epoch) VALUES ('g', 'inbox', 'inbox', 0, {ids[1]}, 'alive', 2);
            INSERT INTO uvlm.dead_letter (group_id, log_id, topic, partition, log_offset, stage, reason, error_chain, key, payload, header_names, header_values, created_at)
            SELECT 'g', 'l', 't', 0, hours, 'decode', '', '', '', '', ARRAY[]::text[], ARRAY[]::bytea[], now() - make_interval(hours => hours) FROM generate_series(0, 2, 2) AS hours
            """);
        var read = await Store.ReadClusterAsync(TimeProvider.System);
        Assert.Equal([("alive", true), ("dead", false)], read.Members.Select(static m => (m.Info.Name, m.ExpiresIn > TimeSpan.Zero)));
        Assert.Equal(lease, Assert.Single(read.Leases).Lease);
        Assert.Equal(("g", ids[1]), (Assert.Single(read.Offsets).Partition.GroupId, read.Offsets[0].NextOffset));
        // The first of two has been read.
        Assert.Equal(new InboxLoad(1, 2), read.Inbox["g"]);
        Assert.Equal((2, 1), (read.DeadLetters, read.RecentDeadLetters));
        // One machine, one clock.
        Assert.InRange(read.ClockDifference.Duration() - (read.ReadTime / 2), TimeSpan.MinValue, TimeSpan.FromSeconds(1));

        static InboxPush Push(string id) => new("a", id, "application/json", "{}"u8.ToArray());
    }
}
