using Npgsql;
using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Chaos.Faults;

namespace UnifiedVlm.Chaos.Run;

/// <summary>The long run in small: a cycle of every fault, then damage by hand that the checker has to find.</summary>
public sealed class ShortRunTests
{
    /// <summary>What is done to the store, and what the checker has to call it.</summary>
    private static readonly (string Damage, DamageKind Kind)[] Tampering =
    [
        ("DELETE FROM uvlm.document WHERE id = (SELECT min(id) FROM uvlm.document WHERE NOT deleted)", DamageKind.Lost),
        ("DELETE FROM uvlm.part_vector_1 WHERE id = (SELECT min(id) FROM uvlm.part_vector_1) AND part = 0", DamageKind.Lost),
        ("DELETE FROM uvlm.packed_1 WHERE id = (SELECT min(id) FROM uvlm.packed_1)", DamageKind.Lost),
        ("DELETE FROM uvlm.dead_letter WHERE id = (SELECT min(id) FROM uvlm.dead_letter)", DamageKind.Lost),
        ("DELETE FROM uvlm.outbox WHERE id = (SELECT min(id) FROM uvlm.outbox)", DamageKind.Lost),
        ("UPDATE uvlm.ingest_offset SET next_offset = next_offset - 1 WHERE topic = 'documents' AND partition = 0", DamageKind.Lost),
        ("UPDATE uvlm.ingest_offset SET next_offset = next_offset + 1 WHERE topic = 'documents' AND partition = 0", DamageKind.Conflicting),
        ("UPDATE uvlm.document SET version = version - 1 WHERE id = (SELECT min(id) FROM uvlm.document)", DamageKind.Stale),
        ("UPDATE uvlm.document SET title = 'another' WHERE id = (SELECT min(id) FROM uvlm.document WHERE NOT deleted)", DamageKind.Conflicting),
        ("UPDATE uvlm.packed_1 SET content_hash = 'another' WHERE id = (SELECT min(id) FROM uvlm.packed_1)", DamageKind.Stale),
        ("UPDATE uvlm.dead_letter SET field = 'another' WHERE id = (SELECT min(id) FROM uvlm.dead_letter)", DamageKind.WrongLetter),
        ("UPDATE uvlm.dead_letter SET log_offset = 1000000 WHERE id = (SELECT min(id) FROM uvlm.dead_letter)", DamageKind.WrongLetter),
        ("""
         INSERT INTO uvlm.dead_letter (group_id, log_id, topic, partition, log_offset, stage, reason, field, error_chain, key, payload, header_names, header_values)
         SELECT group_id, log_id, topic, partition, log_offset, stage, reason, field, error_chain, key, payload, header_names, header_values FROM uvlm.dead_letter
         """, DamageKind.Duplicated),
        ("INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data) SELECT type, tenant, document_id, sequence, data FROM uvlm.outbox", DamageKind.Duplicated),
        ("UPDATE chaos.fence_trail SET life = life + 1000 WHERE id = (SELECT max(id) FROM chaos.fence_trail WHERE NOT taken)", DamageKind.OutdatedOwner),
    ];

    [Fact]
    public async Task After_every_kind_of_fault_everything_is_stored_once_and_in_its_newest_version()
    {
        await using var bed = await Testbed.StartAsync(new ChaosOptions { Seed = 70, Cycles = FaultCatalogue.All.Count });
        var report = await new ChaosRun(bed, TextWriter.Null).RunAsync();

        Assert.True(report.IsGood, report.ToMarkdown());
        Assert.Equal(FaultCatalogue.All.Count, report.Injected.Count);
        Assert.True(report.Zombies.Woken > 0, report.ToMarkdown());
        Assert.True(report.History.Records > 1000, report.ToMarkdown());

        await using var pause = await bed.Sender.PauseAsync();
        await using var connection = await bed.Server.OpenAsync();
        foreach (var (damage, kind) in Tampering)
            await AssertFoundAsync(connection, bed.Expect(), damage, kind);
        Assert.True((await Checker.CheckAsync(connection, bed.Expect())).IsClean, "nothing was left of the damage done by hand");
    }

    [Fact]
    public void Members_that_do_not_run_and_nodes_that_are_no_members_are_found()
    {
        var report = new CheckReport();
        MemberCheck.Compare(["a", "b"], ["b", "c"], report);
        Assert.Equal(2, report.Of(DamageKind.WrongMembers));
    }

    private static async Task AssertFoundAsync(NpgsqlConnection connection, Expectation expectation, string damage, DamageKind kind)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(damage, connection))
            Assert.True(await command.ExecuteNonQueryAsync() > 0, damage);
        var report = await Checker.CheckAsync(connection, expectation);
        Assert.True(report.Of(kind) > 0, $"{damage}\n{report}");
        await transaction.RollbackAsync();
    }
}
