namespace UnifiedVlm.Actors.Device;

/// <summary>The waiting documents of one priority. Device thread only; what it holds is bounded by the priority's budget.</summary>
internal sealed class EncodeLane(EncodePriority priority, DeviceOptions options, TimeProvider time, Action<EncodeWork> dropped)
{
    private static readonly IComparer<EncodeWork> ByLength = Comparer<EncodeWork>.Create(static (a, b) => a.Length.CompareTo(b.Length));

    private readonly List<EncodeWork> sorted = [];

    // Groups that must run as they are: halves of a failed batch, suspects of a lost device.
    private readonly Queue<EncodeWork[]> groups = new();
    private long tokens;

    public EncodePriority Priority { get; } = priority;

    public bool IsEmpty => sorted.Count == 0 && groups.Count == 0;

    /// <summary>Some must run as they are, and with nothing else on the device.</summary>
    public bool HasGroups => groups.Count > 0;

    public void Add(EncodeWork work)
    {
        if (work.Document.Alone)
        {
            groups.Enqueue([work]);
            return;
        }

        // Behind its equals, so that the order of arrival decides among them.
        var index = sorted.BinarySearch(work, ByLength);
        if (index < 0)
        {
            index = ~index;
        }
        else
        {
            while (index < sorted.Count && sorted[index].Length == work.Length)
                index++;
        }

        sorted.Insert(index, work);
        tokens += work.Tokens;
    }

    /// <summary>Brings back documents whose run gave no result; they run next, as this group. Callers that have gone are dropped.</summary>
    public void AddGroup(IEnumerable<EncodeWork> works)
    {
        var group = new List<EncodeWork>();
        foreach (var work in works)
        {
            if (work.TryRequeue())
                group.Add(work);
            else
                dropped(work);
        }

        if (group.Count > 0)
            groups.Enqueue([.. group]);
    }

    /// <summary>How long it pays to wait for more before a batch is formed; zero to form it now.</summary>
    public TimeSpan Linger()
    {
        if (Priority == EncodePriority.Query || options.MaxLinger == TimeSpan.Zero)
            return TimeSpan.Zero;
        if (sorted.Count == 0 || groups.Count > 0 || tokens >= options.TargetQueueTokens)
            return TimeSpan.Zero;
        var left = options.MaxLinger - time.GetElapsedTime(sorted[Oldest()].Arrival);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The next batch, begun; empty when nothing waits any more.</summary>
    public EncodeWork[] Take()
    {
        while (!IsEmpty)
        {
            var batch = Begin(groups.TryDequeue(out var group) ? group : TakeRun());
            if (batch.Length > 0)
                return batch;
        }

        return [];
    }

    /// <summary>Everything that waits, for the end.</summary>
    public List<EncodeWork> TakeAll()
    {
        List<EncodeWork> all = [.. sorted, .. groups.SelectMany(static group => group)];
        sorted.Clear();
        groups.Clear();
        tokens = 0;
        return all;
    }

    private EncodeWork[] TakeRun()
    {
        // Before planning, or a batch would be formed around documents that nobody waits for.
        for (var i = sorted.Count - 1; i >= 0; i--)
        {
            if (sorted[i].IsAbandoned)
                Drop(i);
        }

        if (sorted.Count == 0)
            return [];
        var oldest = Oldest();
        var required = Priority == EncodePriority.Query || time.GetElapsedTime(sorted[oldest].Arrival) >= options.MaxAge ? oldest : -1;
        var (start, count) = BatchPlanner.Plan(sorted, required, options);
        var run = sorted.GetRange(start, count).ToArray();
        sorted.RemoveRange(start, count);
        foreach (var work in run)
            tokens -= work.Tokens;
        return run;
    }

    private EncodeWork[] Begin(EncodeWork[] works)
    {
        var begun = new List<EncodeWork>(works.Length);
        foreach (var work in works)
        {
            if (work.TryBegin())
                begun.Add(work);
            else
                dropped(work);
        }

        return [.. begun];
    }

    private void Drop(int index)
    {
        var work = sorted[index];
        sorted.RemoveAt(index);
        tokens -= work.Tokens;
        dropped(work);
    }

    private int Oldest()
    {
        var oldest = 0;
        for (var i = 1; i < sorted.Count; i++)
        {
            if (sorted[i].Arrival < sorted[oldest].Arrival)
                oldest = i;
        }

        return oldest;
    }
}
