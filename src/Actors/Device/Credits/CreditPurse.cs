namespace UnifiedVlm.Actors.Device.Credits;

/// <summary>What one node has granted to this one of one thing. Nothing is in it without a connection. Thread-safe.</summary>
public sealed class CreditPurse
{
    private readonly Lock gate = new();
    private long budget;
    private long unspent;
    private long refused;

    /// <summary>All that the other node lends; 0 without a connection.</summary>
    public long Budget => Interlocked.Read(ref budget);

    public long Unspent => Interlocked.Read(ref unspent);

    /// <summary>The largest amount that <see cref="TrySpend"/> has refused since it last took something; 0: none.</summary>
    public long Refused => Interlocked.Read(ref refused);

    /// <summary>A connection was made.</summary>
    /// <param name="lent">All that the other node lends; whatever is larger is charged as that much.</param>
    public void Open(long lent)
    {
        lock (gate)
            (budget, unspent, refused) = (lent, 0, 0);
    }

    /// <summary>The connection is gone, and with it all credit.</summary>
    public void Close() => Open(0);

    public void Add(long amount)
    {
        lock (gate)
            unspent += amount;
    }

    public bool TrySpend(long amount)
    {
        lock (gate)
        {
            var charge = Math.Min(amount, budget);
            if (budget == 0 || unspent < charge)
            {
                refused = Math.Max(refused, charge);
                return false;
            }

            unspent -= charge;
            refused = 0;
            return true;
        }
    }

    /// <summary>Gives up unused credit.</summary>
    /// <returns>How much there was of it.</returns>
    public long Take(long most)
    {
        lock (gate)
        {
            var taken = Math.Min(most, unspent);
            unspent -= taken;
            return taken;
        }
    }
}
