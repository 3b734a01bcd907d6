using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Chaos.Faults;
using UnifiedVlm.Chaos.Run;
using UnifiedVlm.Chaos.Server;

namespace UnifiedVlm.Chaos.Mutations;

/// <summary>
/// The harness proves itself: the same zombie wakes before a fence that holds and before one that was taken out of the database, and only in the
/// second case does the checker find damage. The product's statements stay as they are.
/// </summary>
public sealed class MutationTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("frozen-epoch.sql")]
    public async Task Without_the_epoch_predicate_the_checker_finds_ranges_of_an_outdated_owner(string? mutation)
    {
        await using var bed = await StartAsync(mutation);
        var zombie = await Zombie.StopAsync(bed, bed.Fleet.Nodes[0], StopPoint.InData);
        // The successor takes the partitions and does not come to write: the position alone would refuse a range that was passed already.
        await using (await WriterGate.CloseAsync(bed.Server, slot: 1))
        {
            await zombie.UntilReplacedAsync();
            await zombie.WakeAsync();
            await (mutation is null ? zombie.UntilSettledAsync() : zombie.UntilWrittenAsync());
        }

        var report = await bed.CheckAsync();
        Assert.True(zombie.WasFenced || mutation is not null, "the fence holds and refused nothing");
        Assert.True(report.IsClean == mutation is null, report.ToString());
        Assert.Equal(mutation is not null, report.Of(DamageKind.OutdatedOwner) > 0);
    }

    [Fact]
    public async Task Without_any_fence_the_checker_finds_dead_letters_twice()
    {
        await using var bed = await StartAsync("no-fence.sql");
        var zombie = await Zombie.StopAsync(bed, bed.Fleet.Nodes[0], StopPoint.InData);
        await zombie.UntilReplacedAsync();
        await bed.CatchUpAsync();
        await zombie.WakeAsync();
        await bed.UntilAsync(
            () => bed.Server.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM uvlm.dead_letter GROUP BY topic, partition, log_offset HAVING count(*) > 1)"),
            "the zombie writes what its successor has written");

        var report = await bed.CheckAsync();
        Assert.True(report.Of(DamageKind.Duplicated) > 0, report.ToString());
    }

    private static async Task<Testbed> StartAsync(string? mutation)
    {
        var bed = await Testbed.StartAsync(new ChaosOptions { Poison = 0.5 });
        await bed.UntilStoredAsync(50);
        if (mutation is not null)
            await bed.Server.RunScriptAsync(mutation);
        return bed;
    }
}
