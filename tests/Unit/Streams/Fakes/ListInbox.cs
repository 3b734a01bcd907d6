using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>An inbox in memory.</summary>
internal sealed class ListInbox : IInbox
{
    private readonly Lock gate = new();
    private readonly List<InboxEntry> entries = [];

    public void Add(long offset, InterleavedDocument document, long version = 0)
    {
        lock (gate)
            entries.Add(new InboxEntry(offset, default, DocumentJson.Serialize(document), [], DateTimeOffset.UnixEpoch, version));
    }

    public async Task<IReadOnlyList<InboxEntry>> ReadAsync(long after, int maxCount, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        await timer.WaitForNextTickAsync(cancellationToken);
        lock (gate)
            return [.. entries.Where(e => e.Offset >= after).Take(maxCount)];
    }
}
