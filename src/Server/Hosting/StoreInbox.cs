using System.Text;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Hosting;

/// <summary>The store's inbox as the pipeline's source reads it.</summary>
/// <param name="pageBytes">A page is held whole until its last record is admitted: it ends here, and may go beyond by one record.</param>
internal sealed class StoreInbox(InboxStore inbox, long pageBytes, TimeProvider time) : IInbox
{
    /// <summary>How long an empty inbox is left alone: what a pushed document waits at most before it is taken up.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(200);

    public const long DefaultPageBytes = 4L << 20;

    public async Task<IReadOnlyList<InboxEntry>> ReadAsync(long after, int maxCount, CancellationToken cancellationToken)
    {
        // The source names the first offset it wants, the store the last one it doesn't.
        var records = await inbox.ReadAsync(after - 1, maxCount, pageBytes, cancellationToken);
        if (records.Count == 0)
        {
            await Task.Delay(Idle, time, cancellationToken);
            return [];
        }

        return [.. records.Select(static record => new InboxEntry(
            record.Id,
            default,
            record.Payload,
            Headers(record.ContentType),
            record.ReceivedAt,
            record.LocalVersion))];
    }

    private static KeyValuePair<string, byte[]>[] Headers(string kept)
    {
        var (contentType, traceParent) = TracedContentType.Split(kept);
        var type = KeyValuePair.Create("content-type", Encoding.UTF8.GetBytes(contentType));
        return traceParent is null ? [type] : [type, KeyValuePair.Create("traceparent", Encoding.UTF8.GetBytes(traceParent))];
    }
}
