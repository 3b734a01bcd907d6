using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Suspects;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>An ingest store in memory that keeps the contract's promises: epochs fence, ranges are contiguous, a write is all or nothing.</summary>
public sealed class RecordingStore : IIngestStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Group, string Topic, int Partition), Fence> fences = [];
    private readonly Dictionary<(string Tenant, string Id), DocumentUpsert> documents = [];
    private readonly List<WrittenRange> ranges = [];
    private readonly List<int> reservations = [];
    private long nextVersion = 1;

    /// <summary>Called before a write is looked at; throw to make it fail, wait to make it slow.</summary>
    public Func<PartitionLease, IReadOnlyList<RecordOutcome>, Task> BeforeWrite { get; set; } = static (_, _) => Task.CompletedTask;

    public Func<IReadOnlyList<ContentKey>, Task> BeforeCompare { get; set; } = static _ => Task.CompletedTask;

    public Func<LogPartition, Task> BeforeAcquire { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Records that processes died of, by the number of deaths; of every partition.</summary>
    public Dictionary<WorkIdentity, int> Suspects { get; } = [];

    /// <summary>Every outcome of every committed range, in the order of their commits.</summary>
    public IReadOnlyList<WrittenRange> Ranges
    {
        get
        {
            lock (gate)
                return [.. ranges];
        }
    }

    /// <summary>How many local versions were asked for at a time.</summary>
    public IReadOnlyList<int> Reservations
    {
        get
        {
            lock (gate)
                return [.. reservations];
        }
    }

    public IReadOnlyList<RecordOutcome> Outcomes => [.. Ranges.SelectMany(static r => r.Outcomes)];

    public IReadOnlyList<DeadLetter> DeadLetters => [.. Outcomes.OfType<DeadLetter>()];

    public IReadOnlyDictionary<(string Tenant, string Id), DocumentUpsert> Documents
    {
        get
        {
            lock (gate)
                return documents.ToDictionary();
        }
    }

    public long? NextOffset(string group, string topic, int partition)
    {
        lock (gate)
            return fences.GetValueOrDefault((group, topic, partition))?.Next;
    }

    /// <summary>Puts the group's position where a test wants it.</summary>
    public void SetPosition(LogPartition partition, long? next)
    {
        lock (gate)
            fences[Key(partition)] = new Fence { LogId = partition.LogId, Epoch = 1, Next = next };
    }

    public void Forget(LogPartition partition)
    {
        lock (gate)
            fences.Remove(Key(partition));
    }

    public async Task<PartitionLease> AcquireAsync(LogPartition partition, string owner, CancellationToken cancellationToken)
    {
        await BeforeAcquire(partition).WaitAsync(cancellationToken);
        lock (gate)
        {
            if (!fences.TryGetValue(Key(partition), out var fence))
                fences[Key(partition)] = fence = new Fence { LogId = partition.LogId };
            if (fence.LogId != partition.LogId)
                throw new LogChangedException(partition, fence.LogId);
            fence.Epoch++;
            return new PartitionLease(partition, owner, fence.Epoch, fence.Next) { Suspects = new Dictionary<WorkIdentity, int>(Suspects) };
        }
    }

    public async Task<WriteSummary> WriteAsync(
        PartitionLease lease, long firstOffset, long nextOffset, IReadOnlyList<RecordOutcome> outcomes, CancellationToken cancellationToken)
    {
        await BeforeWrite(lease, outcomes).WaitAsync(cancellationToken);
        lock (gate)
        {
            var fence = fences[Key(lease.Partition)];
            if (fence.Epoch != lease.Epoch)
                throw new FencedException(lease, $"epoch {fence.Epoch} holds it");
            if (fence.Next is { } next && next != firstOffset)
                throw new FencedException(lease, $"it stands at {next}");
            Check(firstOffset, nextOffset, outcomes);
            ThrowIfMissing(outcomes);
            fence.Next = nextOffset;
            ranges.Add(new WrittenRange(lease, firstOffset, nextOffset, outcomes));
            return Apply(outcomes);
        }
    }

    public async Task<bool[]> AreUnchangedAsync(IReadOnlyList<ContentKey> keys, CancellationToken cancellationToken)
    {
        await BeforeCompare(keys).WaitAsync(cancellationToken);
        lock (gate)
            return [.. keys.Select(key => documents.TryGetValue((key.Tenant, key.Id), out var stored) && stored.ContentHash.Span.SequenceEqual(key.ContentHash.Span))];
    }

    public Task AcquitAsync(LogPartition partition, WorkIdentity identity, CancellationToken cancellationToken)
    {
        lock (gate)
            Suspects.Remove(identity);
        return Task.CompletedTask;
    }

    public Task<long> ReserveLocalVersionsAsync(int count, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            nextVersion += count;
            reservations.Add(count);
            return Task.FromResult(nextVersion - count);
        }
    }

    private static (string Group, string Topic, int Partition) Key(LogPartition partition) => (partition.GroupId, partition.Topic, partition.Partition);

    private static void Check(long first, long next, IReadOnlyList<RecordOutcome> outcomes)
    {
        var last = first - 1;
        foreach (var outcome in outcomes)
        {
            if (outcome.Offset <= last || outcome.Offset >= next)
                throw new ArgumentException($"Outcome at {outcome.Offset} in [{first}, {next}) after {last}.");
            last = outcome.Offset;
        }
    }

    private void ThrowIfMissing(IReadOnlyList<RecordOutcome> outcomes)
    {
        var missing = outcomes.OfType<DocumentUpsert>()
            .Where(u => u.Embedding is null && !(documents.TryGetValue(IdOf(u), out var stored) && stored.ContentHash.Span.SequenceEqual(u.ContentHash.Span)))
            .Select(static u => u.Offset)
            .ToList();
        if (missing.Count > 0)
            throw new EmbeddingMissingException(missing);
    }

    private WriteSummary Apply(IReadOnlyList<RecordOutcome> outcomes)
    {
        int upserted = 0, unchanged = 0, deleted = 0, dead = 0;
        foreach (var outcome in outcomes)
        {
            switch (outcome)
            {
                case DocumentUpsert { Embedding: null }:
                    unchanged++;
                    break;
                case DocumentUpsert upsert:
                    documents[IdOf(upsert)] = upsert;
                    upserted++;
                    break;
                case DocumentDelete delete:
                    documents.Remove((delete.Tenant, delete.Id));
                    deleted++;
                    break;
                default:
                    dead++;
                    break;
            }
        }

        return new WriteSummary(upserted, unchanged, 0, deleted, dead);
    }

    private static (string Tenant, string Id) IdOf(DocumentUpsert upsert) => (upsert.Document.Tenant, upsert.Document.Id);

    public sealed record WrittenRange(PartitionLease Lease, long First, long Next, IReadOnlyList<RecordOutcome> Outcomes);

    private sealed class Fence
    {
        public required string LogId { get; init; }

        public long Epoch { get; set; }

        public long? Next { get; set; }
    }
}
