namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>Files that have changed and may still be changing: one is due when it has stood still for a while. Holds each file once.</summary>
/// <param name="interval">How long a file has to stand still.</param>
internal sealed class SettlingFiles(TimeSpan interval, TimeProvider time)
{
    private readonly Dictionary<string, Entry> files = new(StringComparer.Ordinal);

    public int Count => files.Count;

    /// <summary>When the next file is due; null while none is waited for.</summary>
    public DateTimeOffset? NextDue => files.Count == 0 ? null : files.Values.Min(static f => f.DueAt);

    /// <param name="stamp">Null: it is gone, which is waited for like a change, because many programs replace a file by deleting it first.</param>
    /// <param name="atOnce">It is known to be complete.</param>
    public void Note(string path, FileStamp? stamp, bool atOnce)
    {
        var now = time.GetUtcNow();
        // What was written long ago stands still already. A time in the future says nothing.
        var isOld = stamp is { } file && file.WrittenAt <= now - interval;
        var dueAt = atOnce || isOld ? now : now + interval;
        if (files.TryGetValue(path, out var known) && known.Stamp == stamp && known.DueAt < dueAt)
            return;
        files[path] = new Entry(stamp, dueAt);
    }

    /// <summary>Takes the files that are due and still as they were noted, in ordinal order.</summary>
    /// <param name="look">What a file is like now.</param>
    public IReadOnlyList<(string Path, FileStamp? Stamp)> TakeDue(Func<string, FileStamp?> look)
    {
        var now = time.GetUtcNow();
        var taken = new List<(string Path, FileStamp? Stamp)>();
        foreach (var (path, noted) in files.Where(f => f.Value.DueAt <= now).OrderBy(static f => f.Key, StringComparer.Ordinal).ToList())
        {
            var present = look(path);
            if (present != noted.Stamp)
            {
                files[path] = new Entry(present, now + interval);
                continue;
            }

            files.Remove(path);
            taken.Add((path, present));
        }

        return taken;
    }

    private readonly record struct Entry(FileStamp? Stamp, DateTimeOffset DueAt);
}
