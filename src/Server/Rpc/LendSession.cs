using System.Threading.Channels;
using UnifiedVlm.Actors.Device.Credits;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>One node's connection to a lender: what it holds of each kind, and what it has to be told. Changes add up until they are sent, so nothing queues.</summary>
internal sealed class LendSession(ulong id, string node, Borrower[] borrowers)
{
    private readonly Lock gate = new();
    private readonly long[] granted = new long[borrowers.Length];
    private readonly long[] recalled = new long[borrowers.Length];

    // A mark that something waits: a second one says no more.
    private readonly Channel<bool> marks = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public ulong Id => id;

    public string Node => node;

    public Borrower Borrower(Kind kind) => borrowers[(int)kind];

    public void Tell(Kind kind, CreditChange change)
    {
        lock (gate)
        {
            granted[(int)kind] += change.Granted;
            recalled[(int)kind] += change.Recalled;
        }

        marks.Writer.TryWrite(true);
    }

    /// <summary>What is to be sent next; waits until there is something.</summary>
    public async Task<IReadOnlyList<Lent>> NextAsync(CancellationToken cancellationToken)
    {
        await marks.Reader.ReadAsync(cancellationToken);
        var messages = new List<Lent>();
        lock (gate)
        {
            for (var kind = 0; kind < borrowers.Length; kind++)
            {
                if (granted[kind] > 0)
                    messages.Add(new Lent { Grant = new Change { Kind = (Kind)kind, Amount = granted[kind] } });
                if (recalled[kind] > 0)
                    messages.Add(new Lent { Recall = new Change { Kind = (Kind)kind, Amount = recalled[kind] } });
                (granted[kind], recalled[kind]) = (0, 0);
            }
        }

        return messages;
    }
}
