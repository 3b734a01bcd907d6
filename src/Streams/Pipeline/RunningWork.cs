namespace UnifiedVlm.Streams.Pipeline;

/// <summary>What has not ended, by name. Thread-safe.</summary>
internal sealed class RunningWork
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, int> names = new(StringComparer.Ordinal);
    private TaskCompletionSource? empty;
    private int count;

    public int Count
    {
        get
        {
            lock (gate)
                return count;
        }
    }

    public void Enter(string name)
    {
        lock (gate)
        {
            count++;
            names[name] = names.GetValueOrDefault(name) + 1;
        }
    }

    public void Exit(string name)
    {
        lock (gate)
        {
            if (--names[name] == 0)
                names.Remove(name);
            if (--count > 0)
                return;
            empty?.TrySetResult();
            empty = null;
        }
    }

    /// <summary>Ends when nothing is left.</summary>
    public Task WhenEmptyAsync()
    {
        lock (gate)
        {
            if (count == 0)
                return Task.CompletedTask;
            empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return empty.Task;
        }
    }

    /// <summary>For a log: each name with how many there are of it.</summary>
    public override string ToString()
    {
        lock (gate)
            return string.Join(", ", names.Select(static n => n.Value == 1 ? n.Key : $"{n.Key} x{n.Value}"));
    }
}
