using System.Globalization;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Server.Hosting;

/// <summary>How a node's memory limit is shared out. What each part may come to in the worst case is in docs/streams.md.</summary>
/// <param name="limit">Bytes of resident memory that the process may ever have.</param>
/// <param name="taken">Its peak before it took up any work: program, libraries, weights and a full batch.</param>
/// <param name="cache">Bytes of the KV cache, which is filled in the course of time.</param>
internal sealed class MemoryPlan(long limit, long taken, long cache)
{
    /// <summary>The KV cache has at most one part in so many of a limit; a context of the model where that is more.</summary>
    private const int CacheShare = 16;

    private const long Mega = 1L << 20;

    /// <summary>With less than this for the work itself documents of 3 MB would be refused.</summary>
    private const long SmallestRoom = 192 * Mega;

    /// <summary>A start takes so little of its memory more or less than the last one: with the limit named, the next one goes.</summary>
    private const int Spread = 16;

    private readonly long room = limit - taken - cache;

    public static long CacheBytes(long limit) => limit / CacheShare;

    /// <summary>The largest document, as it is sent.</summary>
    public DocumentLimits Documents => DocumentLimits.Default with
    {
        MaxDocumentBytes = Math.Min(DocumentLimits.Default.MaxDocumentBytes, room / 64),
        MaxTextLength = (int)Math.Min(DocumentLimits.Default.MaxTextLength, room / 64),
        MaxImageBytes = (int)Math.Min(DocumentLimits.Default.MaxImageBytes, room / 64),
    };

    /// <summary>Bodies of requests under way.</summary>
    public long RequestBytes => room / 64;

    /// <summary>Decoded pictures, in all and of one document.</summary>
    public long PixelBytes => room / 32;

    /// <summary>Decoded pictures of questions and files of their evidence, in all.</summary>
    public long QuestionPixelBytes => room / 64;

    /// <summary>Stored vectors that one search looks at.</summary>
    public long CandidateBytes => room / 64;

    /// <summary>Text of the documents that one answer is made from, two bytes each.</summary>
    public long DocumentCharacters => room / 128;

    /// <summary>What one picture may take while it is decoded.</summary>
    public long DecodeBytes => room / 8;

    /// <summary>A page of the inbox, and one of the replays.</summary>
    public long PageBytes => Math.Min(4 * Mega, room / 128);

    /// <summary>librdkafka's prefetch.</summary>
    public int PrefetchKilobytes => (int)(Math.Min(16 * Mega, room / 32) / 1024);

    /// <summary>Questions worked on at a time, each with a body.</summary>
    public int Questions => (int)Math.Clamp(room / (64 * Mega), 2, 16);

    /// <summary>What the runtime may commit for managed objects: half of the room, beside what it has already. The rest is for what is native.</summary>
    public ulong HeapBytes(long committed) => (ulong)(committed + (room / 2));

    /// <summary>Resident memory from which on garbage and free pieces are given back at once.</summary>
    public long Mark => limit - (room / 3);

    public IngestPipelineOptions Apply(IngestPipelineOptions options) => options with
    {
        MaxRawBytes = room / 32,
        MaxPixelBytes = Math.Min(options.MaxPixelBytes, PixelBytes),
        MaxVectorBytes = room / 32,
        MaxBlobBytes = room / 32,
        MaxFetchedBytes = room / 32,
        WriteBatchBytes = Math.Min(options.WriteBatchBytes, room / 64),
    };

    /// <summary>What each shard of subscriptions may have.</summary>
    /// <param name="shards">A node may hold all of them.</param>
    public SubscriptionOptions Apply(SubscriptionOptions options, int shards) => options with
    {
        MaxBytes = Math.Min(options.MaxBytes, room / 32 / shards),
        BatchBytes = Math.Min(options.BatchBytes, room / 256 / shards),
    };

    /// <exception cref="UsageException">The limit is too small; names the smallest one.</exception>
    public MemoryPlan Check()
    {
        if (room >= SmallestRoom)
            return this;
        throw new UsageException(string.Create(
            CultureInfo.InvariantCulture,
            $"--memory-mb {limit / Mega} is too small: the program with this model takes {Round(taken)} MB before any work. The smallest limit is {Round(Smallest)}."));
    }

    /// <summary>Its cache is larger than that of a limit which is too small.</summary>
    private long Smallest
    {
        get
        {
            var others = taken + (taken / Spread) + SmallestRoom;
            return Math.Max(others + cache, others * CacheShare / (CacheShare - 1));
        }
    }

    private static long Round(long bytes) => (bytes + Mega - 1) / Mega;
}
