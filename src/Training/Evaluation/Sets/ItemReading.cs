namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>What becomes of items that can't be used: the first ends the reading, or all are left out and told.</summary>
public sealed class ItemReading
{
    private readonly List<string>? leftOut;

    private ItemReading(List<string>? leftOut) => this.leftOut = leftOut;

    /// <summary>The first such item ends the reading.</summary>
    public static ItemReading Strict { get; } = new(null);

    /// <summary>Such items are left out.</summary>
    public static ItemReading KeepingGoing() => new([]);

    /// <summary>Whether such items are left out.</summary>
    public bool KeepsGoing => leftOut is not null;

    /// <summary>What is wrong with each item that was left out.</summary>
    public IReadOnlyList<string> LeftOut => leftOut ?? [];

    /// <exception cref="SetFormatException">This one, unless such items are left out.</exception>
    public void Leave(SetFormatException error)
    {
        if (leftOut is null)
            throw error;
        leftOut.Add(error.Message);
    }

    /// <summary>What each entry is read as, without those that can't be.</summary>
    internal IEnumerable<TItem> Read<TEntry, TItem>(IEnumerable<TEntry> entries, Func<TEntry, TItem> read)
    {
        foreach (var entry in entries)
        {
            TItem item;
            try
            {
                item = read(entry);
            }
            catch (SetFormatException error)
            {
                Leave(error);
                continue;
            }

            yield return item;
        }
    }
}
