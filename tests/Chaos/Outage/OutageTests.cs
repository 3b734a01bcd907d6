using UnifiedVlm.Chaos.Run;

namespace UnifiedVlm.Chaos.Outage;

/// <summary>The long outage in small.</summary>
public sealed class OutageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_PostgreSQL_is_away_nodes_fill_up_and_keep_their_partitions_and_afterwards_everything_is_stored_once(bool kill)
    {
        await using var bed = await Testbed.StartAsync(new ChaosOptions { Seed = 90, Session = OutageOptions.Session });
        var report = await new OutageRun(bed, new OutageOptions { Length = TimeSpan.FromSeconds(20), Kill = kill, Rate = 400 }, TextWriter.Null).RunAsync();

        Assert.True(report.IsGood, report.ToMarkdown());
        Assert.True(report.WasFull, report.ToMarkdown());
    }
}
