using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device;

/// <summary>
/// The budgets in front of a device, taken by callers before they send work and given back by the device: ingestion waits for them, queries
/// and generations are refused. Several lines of documents may share a device, each of which sends its first one when there is room: those that were refused stand here
/// in the order of their coming, and what others bring later does not overtake them. Thread-safe.
/// </summary>
internal sealed class DeviceAdmission(DeviceOptions options)
{
    private readonly Lock gate = new();

    // One entry for each line that has a document which was refused, or whose last one has just entered: until it says which is next, its place is kept, or another line could have
    // several turns. They hold no credit.
    private readonly List<(object Line, PreparedDocument? Document)> firsts = [];

    /// <summary>Raised, on a thread of its own, when there is room that no caller of the device tells of.</summary>
    public event Action? RoomCame;

    /// <summary>Tokens of the documents that were refused and have their turn.</summary>
    public long ReservedTokens
    {
        get
        {
            lock (gate)
                return firsts.Sum(first => Math.Min(first.Document?.TokenCount ?? 0, IngestTokens.Capacity));
        }
    }

    public CreditPool QueryTokens { get; } = new(options.QueryBudgetTokens);

    public CreditPool IngestTokens { get; } = new(options.IngestBudgetTokens);

    public CreditPool IngestBytes { get; } = new(options.IngestBudgetBytes);

    public CreditPool Generations { get; } = new(options.MaxGenerations);

    public bool TryEnterQuery(PreparedDocument document) => QueryTokens.TryAcquire(document.TokenCount);

    /// <param name="line">Whose document it is.</param>
    public bool TryEnterIngest(PreparedDocument document, object line)
    {
        lock (gate)
        {
            if ((firsts.Count > 0 && firsts[0].Line != line) || !TryTake(document))
                return false;
            if (firsts.Count > 0 && (firsts[0].Document is null || firsts[0].Document == document))
            {
                firsts.RemoveAt(0);
                firsts.Add((line, null));
                CallNext();
            }

            return true;
        }
    }

    /// <summary>A line has a document that was refused. Until it has entered, none of another line does that was refused later or not yet.</summary>
    /// <param name="document">Null: it has none, or no longer.</param>
    public void Reserve(PreparedDocument? document, object line)
    {
        lock (gate)
        {
            var place = firsts.FindIndex(first => first.Line == line);
            if (place < 0 ? document is null : document is not null && firsts[place].Document == document)
                return;
            if (place >= 0 && document is not null && firsts[place].Document is null)
            {
                firsts[place] = (line, document);
            }
            else
            {
                if (place >= 0)
                    firsts.RemoveAt(place);
                if (document is not null)
                    firsts.Add((line, document));
            }

            // What was reserved is room for those on other nodes.
            if (firsts.Count == 0)
                TellRoom();
            else
                CallNext();
        }
    }

    public async ValueTask EnterIngestAsync(PreparedDocument document, CancellationToken cancellationToken)
    {
        await IngestTokens.AcquireAsync(document.TokenCount, cancellationToken).ConfigureAwait(false);
        try
        {
            await IngestBytes.AcquireAsync(document.PixelBytes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            IngestTokens.Release(document.TokenCount);
            throw;
        }
    }

    public void Leave(EncodeWork work)
    {
        if (work.Priority == EncodePriority.Query)
        {
            QueryTokens.Release(work.Tokens);
            return;
        }

        IngestTokens.Release(work.Tokens);
        IngestBytes.Release(work.Bytes);
    }

    public void Close(Exception reason)
    {
        QueryTokens.Close(reason);
        IngestTokens.Close(reason);
        IngestBytes.Close(reason);
        Generations.Close(reason);
    }

    public void TellRoom() => ThreadPool.UnsafeQueueUserWorkItem(static admission => admission.RoomCame?.Invoke(), this, preferLocal: false);

    private bool TryTake(PreparedDocument document)
    {
        if (!IngestTokens.TryAcquire(document.TokenCount))
            return false;
        if (IngestBytes.TryAcquire(document.PixelBytes))
            return true;
        IngestTokens.Release(document.TokenCount);
        return false;
    }

    /// <summary>Under the gate. The lines are told by whoever leaves the device; here nobody has, and the next one may have room all the same.</summary>
    private void CallNext()
    {
        if (firsts is [{ Document: { } next }, ..] && IngestTokens.HasRoom(next.TokenCount) && IngestBytes.HasRoom(next.PixelBytes))
            TellRoom();
    }
}
