using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Suspects;

namespace UnifiedVlm.Streams.Sources;

/// <summary>One record of a log as it was read.</summary>
/// <param name="Partition">The log it came from.</param>
/// <param name="Offset">Its position there; positions only grow.</param>
/// <param name="Key">Empty when the record has none.</param>
/// <param name="Value">Null for a tombstone.</param>
/// <param name="Timestamp">When the source says it was written.</param>
/// <param name="ImplicitVersion">The version of a document that names none itself.</param>
public sealed record SourceRecord(
    LogPartition Partition,
    long Offset,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte>? Value,
    IReadOnlyList<KeyValuePair<string, byte[]>> Headers,
    DateTimeOffset Timestamp,
    DocumentVersion ImplicitVersion)
{
    /// <summary>What a record is charged beside its bytes: objects, queue entries, ids.</summary>
    public const int Overhead = 512;

    /// <summary>What a header is charged beside its bytes: its name, its value and their places are objects however short they are.</summary>
    public const int HeaderOverhead = 96;

    /// <summary>A record with more headers is refused: each of them takes memory in every stage, however short it is, and nothing that is known of here needs so many.</summary>
    public const int MaxHeaders = 1000;

    /// <summary>From the operator's own machine: the only records that may name files.</summary>
    public bool IsLocal { get; init; }

    /// <summary>Set by a source that reads documents rather than bytes; <see cref="Value"/> is then not decoded.</summary>
    public InterleavedDocument? Document { get; init; }

    /// <summary>Set when the source could not take the record whole, a line without end for example: it goes to the dead letters.</summary>
    public DocumentRejectedException? Refusal { get; init; }

    /// <summary>The collection of a document that names none; null is the decoder's default.</summary>
    public string? Collection { get; init; }

    /// <summary>Set when the record is ingested again: as it came first.</summary>
    public OriginalRecord? Replayed { get; init; }

    /// <summary>What a dead letter keeps of it. Bytes of a local record may name files, and are no use without them.</summary>
    public OriginalRecord Original => Replayed ?? new OriginalRecord(Partition, Offset, ImplicitVersion, Key, IsLocal ? null : Value, Headers)
    {
        Collection = Collection,
        IsWhole = Refusal is null,
    };

    /// <summary>Bytes held beside <see cref="Value"/>: pictures of <see cref="Document"/>.</summary>
    public long AttachedBytes { get; init; }

    /// <summary>Set where offsets are others in every run: a hash by which the same record is known again.</summary>
    public long? Fingerprint { get; init; }

    /// <summary>What the record is recognised by if the process that works on it dies.</summary>
    public WorkIdentity Identity => Fingerprint is { } hash ? new WorkIdentity(hash, IsOffset: false) : new WorkIdentity(Offset, IsOffset: true);

    /// <summary>What the record costs in the budget of raw bytes.</summary>
    public long Cost =>
        Overhead + Key.Length + (Value?.Length ?? 0) + AttachedBytes + Headers.Sum(static h => HeaderOverhead + (long)h.Key.Length + (h.Value?.Length ?? 0));

    /// <summary>What is wrong with a record of so many headers; null: nothing is.</summary>
    internal static DocumentRejectedException? RefusalOf(int headers) =>
        headers > MaxHeaders ? new DocumentRejectedException("headers", $"are {headers}, and a record may have {MaxHeaders}", "Send fewer.") : null;
}
