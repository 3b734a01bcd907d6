using UnifiedVlm.Actors.Device.Credits;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

/// <summary>A lender and its borrowers, with connections on which every message waits until the test lets it come.</summary>
internal sealed class CreditSimulation
{
    private readonly CreditLedger ledger;
    private readonly Sender[] senders;
    private readonly List<(Sender Sender, long Amount)> inWork = [];
    private readonly int documents;
    private readonly int endless;
    private int ended;

    /// <param name="endless">Of the documents that one more sender has without end; 0: there is none.</param>
    public CreditSimulation(long budget, int count, int[] sizes, int endless)
    {
        this.endless = endless;
        ledger = new CreditLedger(budget);
        senders = [.. Enumerable.Range(0, endless > 0 ? count + 1 : count).Select(_ => new Sender(ledger.Join()))];
        for (var i = 0; i < sizes.Length; i++)
            senders[i % count].Waiting.Enqueue(sizes[i]);
        documents = sizes.Length;
        if (endless > 0)
            senders[^1].Waiting.Enqueue(endless);
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
        foreach (var (sender, amount) in inWork)
            ledger.End(sender.Borrower, amount);
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
                Settle(ledger.Budget);
                if (!IsEndless(worker))
                    ended++;
                break;
            case 4:
                Wish(sender);
                break;
            case 5:
                Settle(number % ledger.Budget);
                break;
        }

        Assert.True(ledger.Held <= ledger.Budget, $"{ledger.Held} of {ledger.Budget} are lent.");
        Assert.Equal(inWork.Sum(w => Math.Min(w.Amount, ledger.Budget)), ledger.InWork);
    }

    private void Send(Sender sender)
    {
        if (!sender.Waiting.TryPeek(out var size))
        {
            var unused = sender.Purse.Take(long.MaxValue);
            Return(sender, unused, 0);
        }
        else if (sender.Purse.TrySpend(size))
        {
            sender.Waiting.Dequeue();
            if (IsEndless(sender))
                sender.Waiting.Enqueue(size);
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
        sender.ToLender.Enqueue(() =>
        {
            ledger.Want(sender.Borrower, wish.Item1, wish.Item2);
            Settle(ledger.Budget);
        });
    }

    private void Return(Sender sender, long amount, long answered) => sender.ToLender.Enqueue(() =>
    {
        ledger.Return(sender.Borrower, amount, answered);
        Settle(ledger.Budget);
    });

    private bool IsEndless(Sender sender) => endless > 0 && sender == senders[^1];

    private void Settle(long limit)
    {
        foreach (var change in ledger.Settle(limit))
        {
            var sender = senders.Single(s => s.Borrower == change.Borrower);
            sender.ToSender.Enqueue(change.Granted > 0 ? () => sender.Purse.Add(change.Granted) : () =>
            {
                var given = sender.Purse.Take(change.Recalled);
                Return(sender, given, change.Recalled);
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
