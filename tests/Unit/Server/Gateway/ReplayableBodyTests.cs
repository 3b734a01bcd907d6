using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

public sealed class ReplayableBodyTests
{
    private readonly Budget budget = new("bodies", 100);
    private readonly byte[] sent = [.. Enumerable.Range(0, 60).Select(static i => (byte)i)];

    [Fact]
    public async Task What_was_read_in_part_is_read_again_from_the_beginning_and_goes_on_where_the_source_stands()
    {
        using var body = new ReplayableBody(new MemoryStream(sent), 60, budget);
        var first = new byte[25];
        await body.ReadExactlyAsync(first);
        Assert.Equal((true, 25L), (body.IsWhole, budget.InUse));
        body.Rewind();
        Assert.Equal(sent, await RestAsync(body));
        body.Rewind();
        Assert.Equal(sent, await RestAsync(body));
        Assert.Equal(60, budget.InUse);
        body.Dispose();
        Assert.Equal(0, budget.InUse);
    }

    [Theory]
    [InlineData(59, 0)]
    [InlineData(1000, 41)]
    public async Task Beyond_a_limit_it_is_passed_on_and_nothing_is_held(int limit, int othersHold)
    {
        Assert.True(budget.TryAcquire(othersHold));
        using var body = new ReplayableBody(new MemoryStream(sent), limit, budget);
        Assert.Equal(sent, await RestAsync(body));
        Assert.Equal((false, (long)othersHold), (body.IsWhole, budget.InUse));
        Assert.Throws<InvalidOperationException>(body.Rewind);
        body.Dispose();
        Assert.Equal(othersHold, budget.InUse);
    }

    private static async Task<byte[]> RestAsync(Stream body)
    {
        using var rest = new MemoryStream();
        await body.CopyToAsync(rest, 16);
        return rest.ToArray();
    }
}
