using UnifiedVlm.Actors.Device.Credits;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

/// <summary>A lender and its borrowers, with connections on which every message waits until the test lets it come.</summary>
internal sealed class CreditSimulation
{
    private readonly CreditLedger ledger;
    private readonly Sender[] senders;
    private readonly List<(Sender Sender, long Amount)> inWork = [];
    private readonly int documents;
    private int ended;

    public CreditSimulation(long budget, int count, int[] sizes)
    {
        ledger = new CreditLedger(budget);
        senders = [.. Enumerable.Range(0, count).Select(_ => new Sender(ledger.Join()))];
        for (var i = 0; i < sizes.Length; i++)
            senders[i % count].Waiting.Enqueue(sizes[i]);
        documents = sizes.Length;
        foreach (var sender in senders)
            sender.Purse.Open(budget);
    }

    public void Run(int[] steps)
    {
        foreach (var step in steps)
            Take(step % 6, senders[step / 6 % senders.Length], step);

        // Then all goes on until nothing is left: ever so many rounds would mean that somebody starves.
        for (var round = 0; round < 40 * documents && ended < documents; round++)
        {
            foreach (var sender in senders)
            {
                for (var kind = 0; kind < 5; kind++)
                    Take(kind, sender, round);
            }
        }

        Assert.Equal(documents, ended);
        foreach (var sender in senders)
            ledger.Leave(sender.Borrower);
        Assert.Equal(0, ledger.Held);
    }

    private void Take(int kind, Sender sender, int number)
    {
        switch (kind)
        {
            case 0:
                Send(sender);
                break;
            case 1 when sender.ToLender.TryDequeue(out var message):
                message();
                break;
            case 2 when sender.ToSender.TryDequeue(out var message):
                message();
                break;
            case 3 when inWork.Count > 0:
                var (worker, amount) = inWork[number % inWork.Count];
                inWork.RemoveAt(number % inWork.Count);
                ledger.End(worker.Borrower, amount);
                ended++;
                break;
            case 4:
                Wish(sender);
                break;
            case 5:
                Settle(number % ledger.Budget);
                break;
        }

        Settle(ledger.Budget);
        Assert.True(ledger.Held <= ledger.Budget, $"{ledger.Held} of {ledger.Budget} are lent.");
        Assert.Equal(inWork.Sum(w => Math.Min(w.Amount, ledger.Budget)), ledger.InWork);
    }

    private void Send(Sender sender)
    {
        if (!sender.Waiting.TryPeek(out var size))
        {
            var unused = sender.Purse.Take(long.MaxValue);
            sender.ToLender.Enqueue(() => ledger.Return(sender.Borrower, unused, 0));
        }
        else if (sender.Purse.TrySpend(size))
        {
            sender.Waiting.Dequeue();
            sender.ToLender.Enqueue(() =>
            {
                Assert.True(ledger.TrySpend(sender.Borrower, size), "An honest sender was refused.");
                inWork.Add((sender, size));
            });
        }
        else
        {
            Wish(sender);
        }
    }

    /// <summary>A wish is said once, however long it stands.</summary>
    private void Wish(Sender sender)
    {
        var wish = sender.Waiting.Count > 0 ? (long.MaxValue, sender.Purse.Refused) : (0L, 0L);
        if (wish == sender.Said)
            return;
        sender.Said = wish;
        sender.ToLender.Enqueue(() => ledger.Want(sender.Borrower, wish.Item1, wish.Item2));
    }

    private void Settle(long limit)
    {
        foreach (var change in ledger.Settle(limit))
        {
            var sender = senders.Single(s => s.Borrower == change.Borrower);
            sender.ToSender.Enqueue(change.Granted > 0 ? () => sender.Purse.Add(change.Granted) : () =>
            {
                var given = sender.Purse.Take(change.Recalled);
                sender.ToLender.Enqueue(() => ledger.Return(sender.Borrower, given, change.Recalled));
            });
        }
    }

    private sealed class Sender(Borrower borrower)
    {
        public Borrower Borrower => borrower;

        public CreditPurse Purse { get; } = new();

        public (long Wanted, long Largest) Said { get; set; }

        public Queue<int> Waiting { get; } = new();

        public Queue<Action> ToLender { get; } = new();

        public Queue<Action> ToSender { get; } = new();
    }
}
