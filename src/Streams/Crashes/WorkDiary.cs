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
    private const int Unnamed = -1;

    private readonly FileStream file;
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor slots;
    private readonly Lock gate = new();
    private readonly Stack<int> free;
    private readonly ILogger logger;

    /// <summary>Their numbers in the file; <see cref="Unnamed"/> for those that the file had no room for.</summary>
    private readonly Dictionary<LogPartition, int> partitions = [];
    private int named;
    private long linesEnd;
    private volatile bool isKept;

    private WorkDiary(FileStream file, string path, int capacity, ILogger logger)
    {
        this.file = file;
        this.logger = logger;
        Path = path;
        free = new Stack<int>(Enumerable.Range(0, capacity).Reverse());
        var length = DiaryFile.Slot(capacity);
        // Written, and not only made so long: a mark that the disk has no room for would end the process, where a write that it has none for fails.
        file.Write(new byte[length]);
        file.Flush(flushToDisk: true);
        linesEnd = length;
        Append = (line, at) => RandomAccess.Write(file.SafeFileHandle, line, at);
        map = MemoryMappedFile.CreateFromFile(file, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        slots = map.CreateViewAccessor(0, length);
        slots.Write(DiaryFile.SlotsAt, capacity);
        slots.WriteArray(DiaryFile.IdAt, Guid.NewGuid().ToByteArray(), 0, 16);
        slots.Write(0, DiaryFile.Magic);
    }

    public string Path { get; }

    /// <summary>Writes a line at a place of the file; a test has it meet a full disk.</summary>
    internal Action<byte[], long> Append { get; set; }

    /// <summary>Tells what the processes that died before had in work, then begins a diary of its own.</summary>
    /// <returns>Null where the folder can't be written to: ingestion does without.</returns>
    public static async Task<WorkDiary?> OpenAsync(
        string folder, int capacity, Func<SuspectReport, CancellationToken, Task> report, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await DiaryReader.ReportAsync(folder, report, logger, cancellationToken).ConfigureAwait(false);
            return Create(folder, capacity, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StreamsLog.NoDiary(logger, folder, e.Message);
            return null;
        }
    }

    /// <param name="folder">Made where it is missing. On a file system that outlives the process, and is there again when the node starts anew.</param>
    /// <param name="capacity">Records in work at a time.</param>
    /// <exception cref="IOException">The folder can't be written to, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static WorkDiary Create(string folder, int capacity, ILogger logger)
    {
        Directory.CreateDirectory(folder);
        var path = System.IO.Path.Combine(folder, Guid.NewGuid().ToString("N"));
        // Nobody but its process may open it: that is how a diary whose process has died is known.
        // Without a buffer: what a full disk does not take would be tried again when the file is closed.
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        try
        {
            var diary = new WorkDiary(file, path + DiaryFile.Extension, capacity, logger);
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

    /// <summary>Notes that a record is in work. Where that can't be, it goes on without: the diary serves the pipeline.</summary>
    /// <param name="alone">It is the only one, on purpose.</param>
    /// <returns>What <see cref="End"/> takes.</returns>
    public int Begin(LogPartition partition, WorkIdentity identity, bool alone)
    {
        // More records than were announced are not noted rather than waited for.
        int slot, number;
        lock (gate)
        {
            if (isKept || (number = Number(partition)) == Unnamed || !free.TryPop(out slot))
                return -1;
        }

        var at = DiaryFile.Slot(slot);
        slots.Write(at, identity.Value);
        slots.Write(at + DiaryFile.PartitionAt, number);
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

    /// <summary>Under the lock.</summary>
    private int Number(LogPartition partition)
    {
        if (partitions.TryGetValue(partition, out var number))
            return number;
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(partition), (byte)'\n'];
        try
        {
            // Written before the first slot names it. What a full disk has cut off is written over by the next one.
            Append(line, linesEnd);
            linesEnd += line.Length;
            number = named++;
        }
        catch (IOException e)
        {
            // Not tried again: the same partition's records may come by the thousand.
            StreamsLog.NotNamed(logger, Path, e.Message, partition.Topic, partition.Partition);
            number = Unnamed;
        }

        partitions.Add(partition, number);
        return number;
    }
}
