using System.Globalization;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Storage.DeadLetters;

public sealed partial class DeadLetterStore
{
    // A transaction moves so much at most: a filter may match everything there is.
    private const int PageRows = 1000;
    private const long PageBytes = 64 << 20;

    private const string LastSql = "SELECT coalesce(max(id), 0) FROM uvlm.dead_letter";

    // The next letters of the filter. What somebody else moves or drops at this moment is in the page and not in what is deleted.
    private const string Page = $"""
        WITH page AS MATERIALIZED (
            SELECT id, replayable
            FROM (SELECT id, replayable, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before
                FROM (SELECT id, {DeadLetterRows.IsReplayable} AS replayable, octet_length(payload) AS bytes
                    FROM uvlm.dead_letter WHERE id > @after AND {Filter} ORDER BY id LIMIT @max) l) l
            WHERE bytes_before < @max_bytes)
        """;

    private const string DropSql = $"""
        {Page},
        gone AS (DELETE FROM uvlm.dead_letter d USING page p WHERE d.id = p.id RETURNING d.id)
        SELECT max(id), (SELECT count(*) FROM gone), 0::bigint FROM page
        """;

    // Ids in the log follow those of the letters: the order in which the records were refused. A pushed record waits again, for its sender to see.
    private const string ReplaySql = $"""
        {Page},
        gone AS (DELETE FROM uvlm.dead_letter d USING page p WHERE d.id = p.id AND p.replayable RETURNING d.*),
        queued AS (
            INSERT INTO uvlm.replay (tenant, document_id, group_id, log_id, topic, partition, log_offset, version, version_rule, collection, is_tombstone,
                key, payload, header_names, header_values, replays)
            SELECT tenant, document_id, group_id, log_id, topic, partition, log_offset, version, version_rule, collection, is_tombstone,
                key, payload, header_names, header_values, replays + 1
            FROM gone ORDER BY id),
        again AS (
            UPDATE uvlm.inbox i SET status = 'received', dead_letter_id = NULL, dead_reason = NULL, dead_field = NULL, dead_detail = NULL, finished_at = NULL
            FROM gone g WHERE g.log_id = '{InboxLog.Name}' AND g.topic = '{InboxLog.Name}' AND i.id = g.log_offset AND i.dead_letter_id = g.id)
        SELECT max(id), (SELECT count(*) FROM gone), count(*) FILTER (WHERE NOT replayable) FROM page
        """;

    // Before an id is drawn; see TableLog.
    private static readonly string AppendLockSql = string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock_shared(4990180, {ReplayLog.LockNumber})");

    /// <summary>Has the letters of the filter ingested again by a serving node, page by page. Letters that are written meanwhile are left alone.</summary>
    public Task<ReplayReceipt> ReplayAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
        => MoveAsync(filter, "Replaying dead letters", [AppendLockSql, ReplaySql], cancellationToken);

    /// <summary>Has one letter ingested again.</summary>
    /// <param name="tenant">Whose it has to be; null is anybody's.</param>
    /// <exception cref="DeadLetterNotFoundException">There is none.</exception>
    /// <exception cref="NotReplayableException">Its record is not there.</exception>
    public async Task ReplayAsync(string? tenant, long id, CancellationToken cancellationToken)
    {
        var receipt = await ReplayAsync(new DeadLetterFilter { Tenant = tenant, First = id, Last = id }, cancellationToken).ConfigureAwait(false);
        if (receipt.Skipped > 0)
            throw new NotReplayableException((await FindAsync(tenant, id, cancellationToken).ConfigureAwait(false)).Summary);
        if (receipt.Queued == 0)
            throw new DeadLetterNotFoundException(id);
    }

    /// <summary>Drops the letters of the filter for good, page by page. Letters that are written meanwhile are left alone.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentException">The filter is empty: that nobody drops everything by leaving something out.</exception>
    public async Task<long> DropAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        if (filter.IsEmpty)
            throw new ArgumentException("An empty filter would drop everything.", nameof(filter));
        return (await MoveAsync(filter, "Dropping dead letters", [DropSql], cancellationToken).ConfigureAwait(false)).Queued;
    }

    /// <summary>Drops one letter for good.</summary>
    /// <param name="tenant">Whose it has to be; null is anybody's.</param>
    /// <exception cref="DeadLetterNotFoundException">There is none.</exception>
    public async Task DropAsync(string? tenant, long id, CancellationToken cancellationToken)
    {
        if (await DropAsync(new DeadLetterFilter { Tenant = tenant, First = id, Last = id }, cancellationToken).ConfigureAwait(false) == 0)
            throw new DeadLetterNotFoundException(id);
    }

    private async Task<ReplayReceipt> MoveAsync(DeadLetterFilter filter, string what, string[] statements, CancellationToken cancellationToken)
    {
        // A replay that fails again makes a letter anew: without an end this could go round for ever.
        var end = await _retry.RunAsync(what, token => LastAsync(filter.Tenant, token), cancellationToken).ConfigureAwait(false);
        filter = filter with { Last = Math.Min(filter.Last ?? end, end) };
        var total = default(ReplayReceipt);
        for (long? after = 0; after is { } from;)
        {
            (after, var moved) = await _retry.RunAsync(what, token => MovePageAsync(filter, from, statements, token), cancellationToken).ConfigureAwait(false);
            total = new ReplayReceipt(total.Queued + moved.Queued, total.Skipped + moved.Skipped);
        }
        return total;
    }

    /// <returns>The last number of the page, null when there is none, and what was moved and not moved of it.</returns>
    private async Task<(long? Last, ReplayReceipt Moved)> MovePageAsync(
        DeadLetterFilter filter, long after, string[] statements, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(filter.Tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = Begin(connection, filter.Tenant);
        foreach (var sql in statements[..^1])
            batch.Add(sql);
        With(batch.Add(statements[^1]), filter).With("after", (long?)after).With("max", PageRows).With("max_bytes", (long?)PageBytes);
        await using var reader = await ReadLastAsync(batch, cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (reader.IsDBNull(0) ? null : reader.GetInt64(0), new ReplayReceipt(reader.GetInt64(1), reader.GetInt64(2)));
    }

    private async Task<long> LastAsync(string? tenant, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = Begin(connection, tenant);
        batch.Add(LastSql);
        await using var reader = await ReadLastAsync(batch, cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return reader.GetInt64(0);
    }
}
