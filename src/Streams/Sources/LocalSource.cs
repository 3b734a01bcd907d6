using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// Something read once from beginning to end, appended to a log of its own: offsets go on from the last run, so a run that died leaves nothing
/// to clean up, and the next one finds what is stored unchanged. Two runs of the same name at a time fence each other.
/// </summary>
public abstract class LocalSource(string name) : IRecordSource
{
    /// <summary>The group and log id of every local log.</summary>
    public const string LocalLog = "local";

    private LocalVersions? versions;

    public string Name { get; } = name;

    /// <summary>Of documents that name none; null is the default one.</summary>
    public string? Collection { get; init; }

    /// <inheritdoc />
    public virtual IReadOnlyList<QueueStatus> Queues => [];

    /// <inheritdoc />
    public async Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        var log = new LogPartition(LocalLog, LocalLog, Name, 0);
        var partition = await intake.OpenAsync(log, stopReading).ConfigureAwait(false);
        var offset = partition.Lease.NextOffset ?? 0;
        partition.StartAt(offset);
        // A source that waits for something to happen has to hear that its log was taken.
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stopReading);
        var posting = PostAllAsync(partition, log, offset, intake, reading.Token);
        if (await Task.WhenAny(posting, partition.Ended).ConfigureAwait(false) != posting)
            await reading.CancelAsync().ConfigureAwait(false);
        try
        {
            await posting.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (partition.Ended.IsCompleted && !stopReading.IsCancellationRequested)
        {
            // What follows says why it ended.
        }

        await Task.WhenAny(partition.DrainAsync(stopReading), partition.Ended).ConfigureAwait(false);
        if (partition.Ended is { IsCompletedSuccessfully: true, Result: PartitionEnd.Fenced })
            throw new SourceTakenException(Name);
        // Told to stop: what is in flight is the pipeline's to finish.
        if (!stopReading.IsCancellationRequested)
            partition.Revoke();
    }

    private async Task PostAllAsync(IPartitionIntake partition, LogPartition log, long offset, IRecordIntake intake, CancellationToken stopReading)
    {
        versions = new LocalVersions(intake);
        await foreach (var item in ReadAsync(stopReading).ConfigureAwait(false))
        {
            if (partition.Ended.IsCompleted)
                break;
            var version = await versions.NextAsync(stopReading).ConfigureAwait(false);
            var (key, headers) = item.Deletion is { } deletion ? Tombstone(deletion) : (ReadOnlyMemory<byte>.Empty, []);
            var record = new SourceRecord(log, offset++, key, item.Value, headers, DateTimeOffset.UtcNow, version)
            {
                IsLocal = true,
                Collection = Collection,
                Document = item.Document,
                Refusal = item.Refusal,
                Fingerprint = Fingerprint(item),
                AttachedBytes = item.Document is { } document ? Size(document) : 0,
            };
            var posting = partition.PostAsync(record, stopReading);
            if (posting.IsCompleted)
            {
                await posting.ConfigureAwait(false);
                continue;
            }

            await posting.ConfigureAwait(false);
            HasWaited();
        }
    }

    /// <summary>
    /// To be called by a source that waited for something to happen, before it gives what has happened: that is newer than what anybody has stored meanwhile.
    /// </summary>
    protected void HasWaited() => versions?.DropRest();

    /// <summary>What there is to ingest, in order.</summary>
    protected abstract IAsyncEnumerable<LocalItem> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The bytes as they are; of an imported document its identity, which its content may outlive.</summary>
    private static long Fingerprint(LocalItem item)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (item.Document is { } document)
            SHA256.HashData(Encoding.UTF8.GetBytes($"{document.Tenant}\0{document.Id}"), hash);
        else
            SHA256.HashData(item.Value.GetValueOrDefault().Span, hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }

    /// <summary>As it would come from Kafka: without a value, the id as its key.</summary>
    private static (ReadOnlyMemory<byte> Key, IReadOnlyList<KeyValuePair<string, byte[]>> Headers) Tombstone(LocalDeletion deletion)
    {
        var headers = new List<KeyValuePair<string, byte[]>> { new("tenant", Encoding.UTF8.GetBytes(deletion.Tenant)) };
        if (deletion.Version is { } version)
            headers.Add(new("version", Encoding.UTF8.GetBytes(version.ToString(CultureInfo.InvariantCulture))));
        return (Encoding.UTF8.GetBytes(deletion.Id), headers);
    }

    /// <summary>Two bytes a UTF-16 code unit, and the pictures that are held already.</summary>
    private static long Size(InterleavedDocument document) => document.Parts.Sum(static part => part switch
    {
        TextPart text => text.Text.Length * 2L,
        ImagePart { Source: InlineImage inline } => inline.Data.Length,
        _ => 0L,
    });
}
