using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Outbox;

namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>
/// One batch of each rule: looks at a page of rows from where the last one ended, removes what is due, and says where the page ended, how many rows it removed
/// and whether any later row can be old enough. Ids are about in the order of time.
/// </summary>
internal static class RetentionSql
{
    // To the end of the transaction, so that a node that stops can't hold it: others go on.
    public const string TryLock = "SELECT pg_try_advisory_xact_lock(4990182, 0)";

    public const string Due = "SELECT coalesce((SELECT ran_at < now() - @interval OR ran_at IS NULL FROM uvlm.retention WHERE rule = @rule), true)";

    public const string Record = """
        INSERT INTO uvlm.retention AS r (rule, ran_at, removed, total) VALUES (@rule, CASE WHEN @ended THEN now() END, @batch, @batch)
        ON CONFLICT (rule) DO UPDATE SET
            ran_at = CASE WHEN @ended THEN now() ELSE r.ran_at END, removed = CASE WHEN @first THEN 0 ELSE r.removed END + @batch, total = r.total + @batch
        """;

    public const string Status = "SELECT rule, ran_at, removed, total FROM uvlm.retention";

    /// <summary>Whether anybody ever published this database's events.</summary>
    public const string HadPublisher = $"SELECT EXISTS (SELECT FROM uvlm.lease WHERE starts_with(name, '{OutboxStore.LeasePrefix}'))";

    private const string DeadLetters = """
        WITH page AS MATERIALIZED (SELECT id, created_at FROM uvlm.dead_letter WHERE id > @after ORDER BY id LIMIT @max),
            gone AS (DELETE FROM uvlm.dead_letter d USING page p WHERE d.id = p.id AND p.created_at < now() - @keep RETURNING d.id)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone), (SELECT min(created_at) >= now() - @keep FROM page)
        """;

    private const string Events = """
        WITH page AS MATERIALIZED (SELECT id, created_at, published_at FROM uvlm.outbox WHERE id > @after ORDER BY id LIMIT @max),
            gone AS (DELETE FROM uvlm.outbox o USING page p WHERE o.id = p.id AND p.published_at < now() - @keep RETURNING o.id)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone), (SELECT min(created_at) >= now() - @keep FROM page)
        """;

    // Whoever publishes renews a lease, also while Kafka is away, and the row outlives it: its expiry says when a publisher was last seen. What is removed is told by an event
    // in its place, which only a later one of its kind replaces: a reader that comes one day learns that there is a gap. It is written anew each time, under an id of its own,
    // so that a publisher that has just begun can't mark as published what it has not read.
    private const string UnpublishedEvents = $"""
        WITH page AS MATERIALIZED (
                SELECT id, created_at FROM uvlm.outbox
                WHERE id > @after AND NOT EXISTS (SELECT FROM uvlm.lease WHERE starts_with(name, '{OutboxStore.LeasePrefix}') AND expires_at > now() - @keep)
                ORDER BY id LIMIT @max),
            gone AS (
                DELETE FROM uvlm.outbox o USING page p
                WHERE o.id = p.id AND o.published_at IS NULL AND p.created_at < now() - @keep AND o.type <> '{OutboxEvent.Dropped}'
                RETURNING o.created_at),
            earlier AS (DELETE FROM uvlm.outbox WHERE type = '{OutboxEvent.Dropped}' AND published_at IS NULL AND EXISTS (SELECT FROM gone) RETURNING data),
            lost AS (
                SELECT 1::bigint AS events, created_at AS first, created_at AS last FROM gone
                UNION ALL SELECT (data ->> 'count')::bigint, (data ->> 'from')::timestamptz, (data ->> 'until')::timestamptz FROM earlier),
            told AS (
                INSERT INTO uvlm.outbox (type, data)
                SELECT '{OutboxEvent.Dropped}', jsonb_build_object('count', sum(events), 'from', min(first), 'until', max(last)) FROM lost HAVING count(*) > 0)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone), (SELECT min(created_at) >= now() - @keep FROM page)
        """;

    // Read is what every group that reads the inbox has passed; without a group nothing is.
    private const string Inbox = $"""
        WITH page AS MATERIALIZED (SELECT id, received_at FROM uvlm.inbox WHERE id > @after ORDER BY id LIMIT @max),
            read AS MATERIALIZED (SELECT min(coalesce(next_offset, 0)) AS next FROM uvlm.ingest_offset WHERE topic = '{InboxLog.Name}' AND log_id = '{InboxLog.Name}'),
            gone AS (DELETE FROM uvlm.inbox i USING page p, read r WHERE i.id = p.id AND p.received_at < now() - @keep AND p.id < r.next RETURNING i.id)
        SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM gone), (SELECT min(p.received_at) >= now() - @keep OR max(p.id) >= coalesce((SELECT next FROM read), 0) FROM page p)
        """;

    // Not before its events are gone: the document's next life counts its changes from 1 again. Nor while a replay could bring back an older version of it; a letter without a
    // tenant may be of any, and its id is compared as its index does. Whoever holds a row is writing the document anew.
    private const string Tombstones = """
        WITH page AS MATERIALIZED (
                SELECT updated_at, tenant, id FROM uvlm.document
                WHERE deleted AND updated_at < now() - @keep AND (updated_at, tenant, id) > (@after_time, @after_tenant, @after_id)
                ORDER BY updated_at, tenant, id LIMIT @max),
            free AS MATERIALIZED (
                SELECT d.tenant, d.id FROM page p JOIN uvlm.document d ON d.tenant = p.tenant AND d.id = p.id
                WHERE d.deleted AND d.updated_at = p.updated_at AND NOT EXISTS (SELECT FROM uvlm.outbox o WHERE o.tenant = d.tenant AND o.document_id = d.id)
                    AND NOT EXISTS (SELECT FROM uvlm.dead_letter l WHERE l.document_id = d.id COLLATE "default" AND coalesce(l.tenant, d.tenant) = d.tenant)
                    AND NOT EXISTS (SELECT FROM uvlm.replay r WHERE r.document_id = d.id AND coalesce(r.tenant, d.tenant) = d.tenant)
                FOR UPDATE OF d SKIP LOCKED),
            gone AS (DELETE FROM uvlm.document d USING free f WHERE d.tenant = f.tenant AND d.id = f.id RETURNING d.id)
        SELECT p.updated_at, p.tenant, p.id, (SELECT count(*) FROM gone) FROM page p ORDER BY p.updated_at DESC, p.tenant DESC, p.id DESC LIMIT 1
        """;

    public static string Batch(RetentionRule rule) => rule switch
    {
        RetentionRule.DeadLetters => DeadLetters,
        RetentionRule.Events => Events,
        RetentionRule.UnpublishedEvents => UnpublishedEvents,
        RetentionRule.Inbox => Inbox,
        _ => Tombstones,
    };
}
