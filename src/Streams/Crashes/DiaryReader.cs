using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Suspects;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Streams.Crashes;

/// <summary>Finds the diaries of processes that have died, and tells the store what those had in work.</summary>
public static class DiaryReader
{
    /// <param name="report">Stores a report. Told again after a death in between, it must count once.</param>
    /// <returns>Records that were in work.</returns>
    public static async Task<int> ReportAsync(
        string folder, Func<SuspectReport, CancellationToken, Task> report, ILogger logger, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            return 0;
        var records = 0;
        foreach (var path in Directory.GetFiles(folder, "*" + DiaryFile.Extension))
        {
            await using var file = TryOpen(path, logger);
            if (file is null)
                continue;
            var found = Read(file);
            if (found.Records.Count > 0)
            {
                await report(found, cancellationToken).ConfigureAwait(false);
                StreamsLog.DiaryFound(logger, found.Records.Count, found.Records.Count(static r => r.WasAlone));
            }

            records += found.Records.Count;
            File.Delete(path);
        }

        return records;
    }

    /// <returns>Null where it is locked: its process lives, or another one is reading it just now.</returns>
    private static FileStream? TryOpen(string path, ILogger logger)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            StreamsLog.DiaryPassedOver(logger, path, e.Message);
            return null;
        }
    }

    /// <summary>Whatever the file holds: it may have been cut short by a full disk or be no diary at all.</summary>
    internal static SuspectReport Read(Stream file)
    {
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        var bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        if (bytes.Length < DiaryFile.HeaderBytes || BinaryPrimitives.ReadInt64LittleEndian(bytes) != DiaryFile.Magic)
            return new SuspectReport(Guid.Empty, []);
        var slots = BinaryPrimitives.ReadInt32LittleEndian(bytes[DiaryFile.SlotsAt..]);
        var id = new Guid(bytes.Slice(DiaryFile.IdAt, 16));
        if (slots < 0 || DiaryFile.Slot(slots) > bytes.Length)
            return new SuspectReport(id, []);
        var partitions = Partitions(bytes[(int)DiaryFile.Slot(slots)..]);
        var records = new List<SuspectRecord>();
        for (var i = 0; i < slots; i++)
        {
            var slot = bytes.Slice((int)DiaryFile.Slot(i), DiaryFile.SlotBytes);
            var state = BinaryPrimitives.ReadInt32LittleEndian(slot[DiaryFile.StateAt..]);
            var partition = BinaryPrimitives.ReadInt32LittleEndian(slot[DiaryFile.PartitionAt..]);
            if ((state & DiaryFile.InWork) == 0 || partition < 0 || partition >= partitions.Count)
                continue;
            var identity = new WorkIdentity(BinaryPrimitives.ReadInt64LittleEndian(slot), (state & DiaryFile.IsOffset) != 0);
            records.Add(new SuspectRecord(partitions[partition], identity, (state & DiaryFile.Alone) != 0));
        }

        // Several at once are several suspects, whatever their slots say.
        return new SuspectReport(id, records.Count == 1 ? records : [.. records.Select(static r => r with { WasAlone = false })]);
    }

    private static List<LogPartition> Partitions(ReadOnlySpan<byte> lines)
    {
        var partitions = new List<LogPartition>();
        foreach (var line in Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                partitions.Add(JsonSerializer.Deserialize<LogPartition>(line)!);
            }
            catch (JsonException)
            {
                break; // Cut short: no slot names it yet.
            }
        }

        return partitions;
    }
}
