using System.Globalization;
using UnifiedVlm.Chaos.Run;
using UnifiedVlm.Chaos.Server;
using UnifiedVlm.Tests.Component.Storage;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>Connections that break in mid-transaction: around a COMMIT, on the node's side, or before it, on the server's.</summary>
internal sealed class CutFault : IFault
{
    private const string Commit = "COMMIT\0";

    public string Name => "cut";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        for (var times = 1 + random.Next(4); times > 0; times--)
        {
            switch (random.Next(4))
            {
                case 0:
                    await CutAsync(bed, ServerProxy.Fault.DropBefore);
                    break;
                case 1:
                    await CutAsync(bed, ServerProxy.Fault.DropAfter);
                    break;
                case 2:
                    await CutAsync(bed, ServerProxy.Fault.DropAnswer);
                    break;
                default:
                    await EndBackendAsync(bed, bed.Fleet.Pick(random).Slot);
                    break;
            }
        }

        await bed.CatchUpAsync();
    }

    private static async Task CutAsync(Testbed bed, ServerProxy.Fault fault) => await bed.Proxy.Arm(fault, Commit).WaitAsync(Waiting.Limit);

    private static async Task EndBackendAsync(Testbed bed, int slot)
    {
        await using var gate = await WriterGate.CloseAsync(bed.Server, slot);
        await bed.UntilAsync(gate.IsWaitedForAsync, $"node {slot} writes");
        await bed.Server.ExecuteAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4990199 AND objid = {slot} AND NOT granted"));
    }
}
