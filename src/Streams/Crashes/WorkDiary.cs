using System.IO.MemoryMappedFiles;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Suspects;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Streams.Crashes;

/// <summary>
/// Says at every moment which records this process has in work, in a mapped file: what is written there survives the process, however it dies, and costs no call of
/// the kernel. A locked file is that of a living process; an orderly end removes it. Thread-safe.
/// </summary>
public sealed class WorkDiary : IDisposable
{
    private readonly FileStream file;
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor slots;
    private readonly Lock gate = new();
    private readonly Stack<int> free;
    private readonly Dictionary<LogPartition, int> partitions = [];
    private volatile bool isKept;

    private WorkDiary(FileStream file, string path, int capacity)
    {
        this.file = file;
        Path = path;
        free = new Stack<int>(Enumerable.Range(0, capacity).Reverse());
        var length = DiaryFile.Slot(capacity);
        file.SetLength(length);
        map = MemoryMappedFile.CreateFromFile(file, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        slots = map.CreateViewAccessor(0, length);
        slots.Write(DiaryFile.SlotsAt, capacity);
        slots.WriteArray(DiaryFile.IdAt, Guid.NewGuid().ToByteArray(), 0, 16);
        slots.Write(0, DiaryFile.Magic);
    }

    public string Path { get; }

    /// <summary>Tells what the processes that died before had in work, then begins a diary of its own.</summary>
    /// <returns>Null where the folder can't be written to: ingestion does without.</returns>
    public static async Task<WorkDiary?> OpenAsync(
        string folder, int capacity, Func<SuspectReport, CancellationToken, Task> report, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await DiaryReader.ReportAsync(folder, report, logger, cancellationToken).ConfigureAwait(false);
            return Create(folder, capacity);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StreamsLog.NoDiary(logger, folder, e.Message);
            return null;
        }
    }

    /// <param name="folder">Made where it is missing. On a file system that outlives the process, and is there again when the node starts anew.</param>
    /// <param name="capacity">Records in work at a time.</param>
    /// <exception cref="IOException">The folder can't be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static WorkDiary Create(string folder, int capacity)
    {
        Directory.CreateDirectory(folder);
        var path = System.IO.Path.Combine(folder, Guid.NewGuid().ToString("N"));
        // Nobody but its process may open it: that is how a diary whose process has died is known.
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        try
        {
            var diary = new WorkDiary(file, path + DiaryFile.Extension, capacity);
            File.Move(path, diary.Path);
            return diary;
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Notes that a record is in work.</summary>
    /// <param name="alone">It is the only one, on purpose.</param>
    /// <returns>What <see cref="End"/> takes.</returns>
    public int Begin(LogPartition partition, WorkIdentity identity, bool alone)
    {
        // More records than were announced are not noted rather than waited for: the diary serves the pipeline.
        int slot;
        lock (gate)
        {
            if (isKept || !free.TryPop(out slot))
                return -1;
        }

        var at = DiaryFile.Slot(slot);
        slots.Write(at, identity.Value);
        slots.Write(at + DiaryFile.PartitionAt, Number(partition));
        slots.Write(at + DiaryFile.StateAt, DiaryFile.InWork | (alone ? DiaryFile.Alone : 0) | (identity.IsOffset ? DiaryFile.IsOffset : 0));
        return slot;
    }

    /// <summary>The record is not in work any more.</summary>
    public void End(int slot)
    {
        if (slot < 0 || isKept)
            return;
        slots.Write(DiaryFile.Slot(slot) + DiaryFile.StateAt, 0);
        lock (gate)
            free.Push(slot);
    }

    /// <summary>Leaves the file as it is at this moment, also when the process ends in order.</summary>
    public void Keep() => isKept = true;

    /// <summary>The orderly end: there is nothing to tell.</summary>
    public void Dispose()
    {
        if (!isKept)
            File.Delete(Path);
        // An encoding that nobody waits for may end later.
        isKept = true;
        slots.Dispose();
        map.Dispose();
        file.Dispose();
    }

    private int Number(LogPartition partition)
    {
        lock (gate)
        {
            if (partitions.TryGetValue(partition, out var number))
                return number;
            // Written before the first slot names it.
            var line = JsonSerializer.SerializeToUtf8Bytes(partition);
            RandomAccess.Write(file.SafeFileHandle, [.. line, (byte)'\n'], RandomAccess.GetLength(file.SafeFileHandle));
            number = partitions.Count;
            partitions.Add(partition, number);
            return number;
        }
    }
}
