using UnifiedVlm.Chaos.Nodes;
using UnifiedVlm.Chaos.Run;
using UnifiedVlm.Chaos.Server;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>A node that stands still (SIGSTOP) with partitions in its hands, and wakes when others have them.</summary>
internal sealed class Zombie
{
    /// <summary>The node's own word for a write that the fence refused.</summary>
    private const string Fenced = "Fenced off from documents/";

    private readonly Testbed bed;
    private readonly StopPoint point;
    private readonly long mark;
    private readonly IReadOnlyList<int> held;
    private readonly int fencedBefore;
    private WriterGate? gate;

    private Zombie(Testbed bed, ChaosNode node, StopPoint point, WriterGate? gate, long mark, IReadOnlyList<int> held)
    {
        this.bed = bed;
        this.point = point;
        this.gate = gate;
        this.mark = mark;
        this.held = held;
        Node = node;
        fencedBefore = node.Process.CountLines(Fenced);
    }

    public ChaosNode Node { get; }

    /// <summary>Whether the node had a partition to lose.</summary>
    public bool HoldsPartitions => held.Count > 0;

    public bool WasFenced => Node.Process.CountLines(Fenced) > fencedBefore;

    public static async Task<Zombie> StopAsync(Testbed bed, ChaosNode node, StopPoint point)
    {
        await bed.UntilAsync(async () => (await bed.Trail.HeldByAsync(node.Life)).Count > 0, $"{node} has a partition");
        var gate = point == StopPoint.Anywhere ? null : await WriterGate.CloseAsync(bed.Server, node.Slot);
        if (gate is not null)
            await bed.UntilAsync(gate.IsWaitedForAsync, $"{node} writes");
        node.Process.Freeze();
        if (point == StopPoint.BeforeCommit && gate is not null)
        {
            await gate.DisposeAsync();
            gate = null;
        }

        var mark = await bed.Trail.MarkAsync();
        return new Zombie(bed, node, point, gate, mark, await bed.Trail.HeldByAsync(node.Life));
    }

    /// <summary>Waits until others have all its partitions.</summary>
    public Task UntilReplacedAsync() => HoldsPartitions
        ? bed.UntilAsync(() => bed.Trail.AreTakenByOthersAsync(held, Node.Life, mark), $"others have {Node}'s partitions {string.Join(", ", held)}")
        : Task.CompletedTask;

    /// <summary>SIGCONT: it goes on as if nothing had happened.</summary>
    public async Task WakeAsync()
    {
        if (gate is not null)
            await gate.DisposeAsync();
        gate = null;
        Node.Process.Thaw();
    }

    /// <summary>
    /// Waits until it has found out: its write was refused, or, where it had none in hand, it takes a partition again as any other node. With a fence
    /// that does not hold, the write comes through instead.
    /// </summary>
    public Task UntilSettledAsync() => bed.UntilAsync(
        async () => WasFenced || await bed.Trail.HasWrittenAsync(Node.Life, mark) || (point == StopPoint.Anywhere && await bed.Trail.HasTakenAsync(Node.Life, mark)),
        $"{Node} finds out that it was replaced");

    /// <summary>Waits until it has committed a range that was not its own any more, which no fence should let through.</summary>
    public Task UntilWrittenAsync() => bed.UntilAsync(() => bed.Trail.HasWrittenAsync(Node.Life, mark), $"{Node} writes what is others' to write");
}
