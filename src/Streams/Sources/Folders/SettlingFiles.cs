namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>Files that have changed and may still be changing: one is due when it has stood still for a while. Holds each file once.</summary>
/// <param name="interval">How long a file has to stand still.</param>
internal sealed class SettlingFiles(TimeSpan interval, TimeProvider time)
{
    private readonly Dictionary<string, Entry> files = new(StringComparer.Ordinal);

    public int Count => files.Count;

    /// <summary>How long it is until the next file is due; null while none is waited for.</summary>
    public TimeSpan? NextDue => files.Count == 0 ? null : files.Values.Min(file => Left(file));

    /// <param name="stamp">Null: it is gone, which is waited for like a change, because many programs replace a file by deleting it first.</param>
    /// <param name="atOnce">It is known to be complete.</param>
    public void Note(string path, FileStamp? stamp, bool atOnce)
    {
        // What was written long ago stands still already. A time in the future says nothing.
        var isOld = stamp is { } file && file.WrittenAt <= time.GetUtcNow() - interval;
        var wait = atOnce || isOld ? TimeSpan.Zero : interval;
        if (files.TryGetValue(path, out var known) && known.Stamp == stamp && Left(known) < wait)
            return;
        files[path] = new Entry(stamp, time.GetTimestamp(), wait);
    }

    /// <summary>Takes the files that are due and still as they were noted, in ordinal order.</summary>
    /// <param name="look">What a file is like now.</param>
    public IReadOnlyList<(string Path, FileStamp? Stamp)> TakeDue(Func<string, FileStamp?> look)
    {
        var taken = new List<(string Path, FileStamp? Stamp)>();
        foreach (var (path, noted) in files.Where(f => Left(f.Value) <= TimeSpan.Zero).OrderBy(static f => f.Key, StringComparer.Ordinal).ToList())
        {
            var present = look(path);
            if (present != noted.Stamp)
            {
                files[path] = new Entry(present, time.GetTimestamp(), interval);
                continue;
            }

            files.Remove(path);
            taken.Add((path, present));
        }

        return taken;
    }

    /// <summary>By time that passes, and not by the wall's clock, which somebody may set back.</summary>
    private TimeSpan Left(Entry file) => file.Wait - time.GetElapsedTime(file.NotedAt);

    private readonly record struct Entry(FileStamp? Stamp, long NotedAt, TimeSpan Wait);
}
