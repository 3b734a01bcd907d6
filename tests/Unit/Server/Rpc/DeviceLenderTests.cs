using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Server.Rpc.Wire;
using UnifiedVlm.Tests.Unit.Actors.Device;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Rpc;

public sealed class DeviceLenderTests : DeviceTestBase
{
    [Fact]
    public async Task Room_that_a_document_of_the_nodes_own_waits_for_is_not_lent()
    {
        var device = Start(Options with { IngestBudgetTokens = 100 });
        await device.Ready;
        using var own = new DevicePool("own", new PoolOptions(), Time, NullLogger<DevicePool>.Instance);
        own.Add(new LocalDevice(device));
        var (gate, held) = await HoldAsync(device);
        var first = own.EncodeAsync(FakeModel.Document(59), EncodePriority.Ingest, CancellationToken.None);
        var lender = new DeviceLender([device]);
        var session = lender.Open("borrower");
        lender.Hear(session, Wish(30));
        Assert.Equal(30, lender.Ledger(Kind.Ingest).Held);

        var waiting = own.EncodeAsync(FakeModel.Document(50), EncodePriority.Ingest, CancellationToken.None);
        lender.Hear(session, Wish(40));
        Assert.Equal(30, lender.Ledger(Kind.Ingest).Held);
        gate.Open();
        await Done(held, first, waiting);
        lender.Settle();
        Assert.Equal(40, lender.Ledger(Kind.Ingest).Held);
    }

    [Fact]
    public async Task What_generations_of_the_nodes_own_give_back_is_lent()
    {
        var device = Start(Options with { MaxGenerations = 2, GenerationBuffer = 1 });
        await device.Ready;
        var lender = new DeviceLender([device]);
        var local = new LocalDevice(device);
        local.Changed += lender.Settle;
        var own = new[] { Generate(device, 100).GetAsyncEnumerator(), Generate(device, 100).GetAsyncEnumerator() };
        foreach (var generation in own)
            Assert.True(await generation.MoveNextAsync());

        // One is let through all the same, and stays for long.
        var session = lender.Open("borrower");
        lender.Hear(session, new Ask { Wish = new Wish { Kind = Kind.Generation, Wanted = 2, Largest = 1 } });
        lender.Spend(session.Id, Kind.Generation, 1);
        Assert.Equal(1, lender.Ledger(Kind.Generation).Held);
        foreach (var generation in own)
            await generation.DisposeAsync();
        using var limit = new CancellationTokenSource(TestProbe.Patience);
        while (lender.Ledger(Kind.Generation).Held < 2)
            await Task.Delay(10, limit.Token);
    }

    private static Ask Wish(long tokens) => new() { Wish = new Wish { Kind = Kind.Ingest, Wanted = tokens } };
}
