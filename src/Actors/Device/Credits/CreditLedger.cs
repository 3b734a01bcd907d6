namespace UnifiedVlm.Actors.Device.Credits;

/// <summary>
/// What a node lends of one thing (tokens of queries, tokens of documents, generations) to other nodes: all that they hold together, in work or not, never exceeds the
/// budget. Shares are max-min fair; what a node holds beyond its share and does not use is asked back as soon as another wants it. Thread-safe.
/// </summary>
public sealed class CreditLedger
{
    private readonly Lock gate = new();
    private readonly List<Borrower> borrowers = [];

    /// <param name="budget">All that there is.</param>
    public CreditLedger(long budget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        Budget = budget;
    }

    public long Budget { get; }

    /// <summary>All that the borrowers hold, in work or not.</summary>
    public long Held
    {
        get
        {
            lock (gate)
                return borrowers.Sum(static b => b.Held);
        }
    }

    /// <summary>What is in work of it.</summary>
    public long InWork
    {
        get
        {
            lock (gate)
                return borrowers.Sum(static b => b.InWork);
        }
    }

    public Borrower Join()
    {
        var borrower = new Borrower();
        lock (gate)
            borrowers.Add(borrower);
        return borrower;
    }

    /// <summary>What it did not use is free at once, what it has in work when that has ended.</summary>
    public void Leave(Borrower borrower)
    {
        ArgumentNullException.ThrowIfNull(borrower);
        lock (gate)
        {
            borrower.HasLeft = true;
            (borrower.Unspent, borrower.Wanted, borrower.Largest) = (0, 0, 0);
            Forget(borrower);
        }
    }

    /// <summary>How much unused credit it wants to have, and how much the largest piece of work takes that waits for it.</summary>
    public void Want(Borrower borrower, long wanted, long largest)
    {
        ArgumentNullException.ThrowIfNull(borrower);
        lock (gate)
        {
            if (borrower.HasLeft)
                return;
            (borrower.Wanted, borrower.Largest, borrower.IsEmpty) = (Math.Clamp(wanted, 0, Budget), Math.Clamp(largest, 0, Budget), false);
        }
    }

    /// <summary>Work has come. False where its sender has no credit for it: it must not be taken.</summary>
    public bool TrySpend(Borrower borrower, long amount)
    {
        ArgumentNullException.ThrowIfNull(borrower);
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        lock (gate)
        {
            var charge = Math.Min(amount, Budget);
            if (borrower.HasLeft || borrower.Unspent < charge)
                return false;
            borrower.Unspent -= charge;
            borrower.InWork += charge;
            borrower.IsEmpty = false;
            ToTheEnd(borrower);
            return true;
        }
    }

    /// <summary>The work of a <see cref="TrySpend"/> has ended.</summary>
    public void End(Borrower borrower, long amount)
    {
        ArgumentNullException.ThrowIfNull(borrower);
        lock (gate)
        {
            borrower.InWork -= Math.Min(amount, Budget);
            Forget(borrower);
        }
    }

    /// <summary>Unused credit has come back.</summary>
    /// <param name="answered">How much of what was asked back this answers; what has been used meanwhile does not come.</param>
    public void Return(Borrower borrower, long amount, long answered)
    {
        ArgumentNullException.ThrowIfNull(borrower);
        lock (gate)
        {
            borrower.Unspent -= Math.Clamp(amount, 0, borrower.Unspent);
            borrower.Recalled -= Math.Clamp(answered, 0, borrower.Recalled);
            borrower.IsEmpty = amount < answered && !borrower.IsAnswerOld;
        }
    }

    /// <summary>Grants what is free to those who have less than their share, and asks back what others have beyond theirs.</summary>
    /// <param name="limit">How much of the budget may be lent now. What is lent beyond it is asked back where it is unused.</param>
    /// <returns>What is to be told to whom; it has been booked.</returns>
    public IReadOnlyList<CreditChange> Settle(long limit)
    {
        lock (gate)
        {
            // A piece of work larger than the limit must come through some time.
            limit = Math.Clamp(Math.Max(limit, borrowers.Select(static b => b.Largest).DefaultIfEmpty().Max()), 0, Budget);
            var changes = new List<CreditChange>();
            var targets = Targets(limit);
            var free = limit - borrowers.Sum(static b => b.Held);
            var isShort = free < 0;
            foreach (var borrower in borrowers.OrderBy(b => b.Held - targets[b]).ToList())
            {
                var lacking = targets[borrower] - borrower.Held;
                var granted = Math.Min(lacking, free);
                if (granted > 0)
                {
                    borrower.Unspent += granted;
                    (borrower.IsEmpty, borrower.IsAnswerOld) = (false, true);
                    free -= granted;
                    changes.Add(new CreditChange(borrower, granted, 0));
                }

                isShort |= lacking > Math.Max(granted, 0);
            }

            foreach (var borrower in borrowers.Where(b => isShort && !b.IsEmpty && b.Held > targets[b]))
            {
                var asked = Math.Min(borrower.Held - targets[borrower], borrower.Unspent) - borrower.Recalled;
                if (asked <= 0)
                    continue;
                borrower.Recalled += asked;
                borrower.IsAnswerOld = false;
                changes.Add(new CreditChange(borrower, 0, asked));
            }

            return changes;
        }
    }

    /// <summary>
    /// Equal shares, what some do not want going to the others. While a piece of work waits that is larger than a share, those that wait are let through one at a time, whose last work
    /// is longest ago first: the small ones too, whose shares the large ones would use up.
    /// </summary>
    private Dictionary<Borrower, long> Targets(long limit)
    {
        var targets = borrowers.ToDictionary(static b => b, static _ => 0L);
        var wanting = borrowers.Where(static b => b.Demand > 0).OrderBy(static b => b.Demand).ToList();
        var left = limit;
        var isCrowded = wanting.Count > 0 && borrowers.Exists(b => b.Largest > limit / wanting.Count);
        if (isCrowded && borrowers.Find(static b => b.Largest > 0) is { } next)
        {
            targets[next] = Math.Min(limit, next.Largest + next.InWork);
            left -= targets[next];
            wanting.Remove(next);

            // Its turn has come; the next time it is another's.
            if (next.Unspent >= next.Largest)
                ToTheEnd(next);
        }

        for (var i = 0; i < wanting.Count; i++)
        {
            targets[wanting[i]] = Math.Min(wanting[i].Demand, left / (wanting.Count - i));
            left -= targets[wanting[i]];
        }

        return targets;
    }

    private void ToTheEnd(Borrower borrower)
    {
        borrowers.Remove(borrower);
        borrowers.Add(borrower);
    }

    private void Forget(Borrower borrower)
    {
        if (borrower.HasLeft && borrower.InWork == 0)
            borrowers.Remove(borrower);
    }
}
