namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Which documents have records between decoding and the end of their write. For those the store's answer "unchanged" may be about to
/// change, so they are encoded whatever it says. Holds at most as many entries as there are records in flight. Thread-safe.
/// </summary>
internal sealed class DocumentsInFlight
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Tenant, string Id), int> records = [];

    /// <returns>False when another record of the document is in flight.</returns>
    public bool Enter(string tenant, string id)
    {
        lock (gate)
        {
            var earlier = records.GetValueOrDefault((tenant, id));
            records[(tenant, id)] = earlier + 1;
            return earlier == 0;
        }
    }

    public void Exit(string tenant, string id)
    {
        lock (gate)
        {
            if (records[(tenant, id)] is var left && left > 1)
                records[(tenant, id)] = left - 1;
            else
                records.Remove((tenant, id));
        }
    }
}
