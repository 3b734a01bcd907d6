using Npgsql;
using NpgsqlTypes;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Ingest;

public sealed partial class IngestStore
{
    // Waits for a writer that is just committing; its epoch was valid when it took the row lock, so its range counts and we go on after it.
    private const string AcquireSql = """
        INSERT INTO uvlm.ingest_offset AS o (group_id, log_id, topic, partition, owner, epoch)
        VALUES (@group, @log, @topic, @partition, @owner, 1)
        ON CONFLICT (group_id, topic, partition) DO UPDATE SET epoch = o.epoch + 1, owner = excluded.owner, backend_pid = NULL, updated_at = now()
        WHERE o.log_id = excluded.log_id
        RETURNING o.epoch, o.next_offset
        """;

    // Who is stopped with the row in hand gives it up in time.
    private const string LimitsSql = "SELECT set_config('lock_timeout', @lock_timeout, true), set_config('idle_in_transaction_session_timeout', @idle, true)";

    private const string StoredLogSql = "SELECT log_id FROM uvlm.ingest_offset WHERE group_id = @group AND topic = @topic AND partition = @partition";

    // Locked, so that of two adoptions at a time the later one sees what the earlier one has done.
    private const string EarlierLogsSql = """
        SELECT log_id FROM uvlm.ingest_offset
        WHERE group_id = @group AND topic = @topic AND log_id <> @log AND (@partition::int IS NULL OR partition = @partition::int)
        ORDER BY partition
        FOR UPDATE
        """;

    private const string AdoptSql = """
        UPDATE uvlm.ingest_offset SET log_id = @log, next_offset = NULL, epoch = epoch + 1, backend_pid = NULL, updated_at = now()
        WHERE group_id = @group AND topic = @topic
            AND CASE WHEN @partition::int IS NULL THEN log_id <> @log ELSE partition = @partition::int END
        """;

    // A log that is gone back to follows those that have followed it.
    private const string ForgetSuccessionSql = "DELETE FROM uvlm.log_succession WHERE follows = @rule";

    // Rules of the topic's other logs that something stored has its version by: collections have that of their documents, tombstones are in none and have an index of
    // their own. Not those that follow this log. Without a position in it there is nothing to go by.
    private const string KnownRules = """
        known AS (
            SELECT k.rule FROM (SELECT version_rule FROM uvlm.collection UNION SELECT version_rule FROM uvlm.document WHERE deleted) AS k (rule)
            WHERE right(k.rule, length(@topic) + 1) = '/' || @topic AND k.rule <> @rule
                AND EXISTS (SELECT FROM uvlm.ingest_offset o WHERE o.group_id = @group AND o.topic = @topic AND o.log_id = @log)
                AND NOT EXISTS (SELECT FROM uvlm.log_succession s WHERE s.rule = k.rule AND s.follows = @rule))
        """;

    // With the logs that were given up now those of the topic in which no group has a position: a program of before migration 0024 has given them up and kept no word of it.
    private const string SuccessionSql = $"""
        WITH {KnownRules}, earlier AS (
            SELECT k.rule FROM unnest(@earlier) AS k (rule)
            UNION
            SELECT k.rule FROM known k
            WHERE NOT EXISTS (SELECT FROM uvlm.ingest_offset o WHERE o.topic = @topic AND k.rule = '{DocumentVersion.OffsetPrefix}' || o.log_id || '/' || @topic))
        INSERT INTO uvlm.log_succession (rule, follows)
        SELECT @rule, e.rule FROM earlier e
        UNION
        SELECT @rule, s.follows FROM uvlm.log_succession s JOIN earlier e ON e.rule = s.rule
        ON CONFLICT (rule, follows) DO NOTHING
        """;

    // Who has a position in such a log, which therefore does not count as an earlier one.
    private const string HoldersSql = $"""
        WITH {KnownRules}
        SELECT DISTINCT o.group_id FROM uvlm.ingest_offset o JOIN known k ON k.rule = '{DocumentVersion.OffsetPrefix}' || o.log_id || '/' || @topic
        WHERE o.topic = @topic AND NOT EXISTS (SELECT FROM uvlm.log_succession s WHERE s.rule = @rule AND s.follows = k.rule)
        ORDER BY o.group_id
        """;

    // The recorded owner's backend: found by the name that every write transaction gives itself. CASE, because a cast may not be tried on other names.
    private const string EndBackendsSql = """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
        FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
            AND CASE WHEN starts_with(a.application_name, @prefix)
                THEN substr(a.application_name, length(@prefix) + 1)::bigint <= @epoch ELSE false END
        """;

    /// <inheritdoc/>
    public async Task<PartitionLease> AcquireAsync(LogPartition partition, string owner, CancellationToken cancellationToken)
    {
        var lease = await _retry.RunAsync("Taking a partition", async token =>
        {
            try
            {
                return await TryAcquireAsync(partition, owner, token).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                // The holder has stopped between its fence update and the end of its COMMIT.
                await EndBackendsAsync(partition, long.MaxValue, token).ConfigureAwait(false);
                throw;
            }
        }, cancellationToken).ConfigureAwait(false);
        // An earlier owner in mid-transaction can't commit any more, but its locks on documents would hold us up.
        await _retry.RunAsync("Ending an earlier owner's transactions", async token =>
        {
            await EndBackendsAsync(partition, lease.Epoch - 1, token).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        LogAcquired(partition.GroupId, partition.Topic, partition.Partition, lease.Epoch, lease.NextOffset);
        return lease;
    }

    /// <summary>
    /// The operator's decision that the topic's new incarnation is intended: every partition of the topic forgets its offset and belongs to the new
    /// log; present owners are fenced off. Documents whose versions are offsets of the earlier log are older than all of the new one's; where the log was adopted by a program
    /// that did not keep that, adopting it again says it, and no position is forgotten.
    /// </summary>
    /// <param name="partition">Null: all partitions of another log. Otherwise this one alone, of whatever log: one that was cut off keeps its id.</param>
    public Task<AdoptedLog> AdoptLogAsync(string groupId, string topic, string logId, int? partition, CancellationToken cancellationToken)
        => _retry.RunAsync("Adopting a log", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(token).ConfigureAwait(false);
            var earlier = await EarlierRulesAsync(connection, groupId, topic, logId, partition, token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            var adopt = batch.Add(AdoptSql).With("group", groupId).With("topic", topic).With("log", logId).With("partition", (long?)partition);
            var rule = DocumentVersion.OffsetRule(logId, topic);
            if (earlier.Count > 0)
                batch.Add(ForgetSuccessionSql).With("rule", rule);
            batch.Add(SuccessionSql).With("rule", rule).With("earlier", earlier).With("group", groupId).With("topic", topic).With("log", logId);
            await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
            var holders = await HoldersAsync(connection, groupId, topic, logId, token).ConfigureAwait(false);
            await transaction.CommitAsync(token).ConfigureAwait(false);
            return new AdoptedLog((int)adopt.RecordsAffected, holders);
        }, cancellationToken);

    /// <summary>The version rules of the logs that are given up.</summary>
    private static async Task<HashSet<string>> EarlierRulesAsync(
        NpgsqlConnection connection, string groupId, string topic, string logId, int? partition, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(EarlierLogsSql).With("group", groupId).With("topic", topic).With("log", logId).With("partition", (long?)partition);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var rules = new HashSet<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rules.Add(DocumentVersion.OffsetRule(reader.GetString(0), topic));
        return rules;
    }

    private static async Task<List<string>> HoldersAsync(NpgsqlConnection connection, string groupId, string topic, string logId, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(HoldersSql).With("rule", DocumentVersion.OffsetRule(logId, topic)).With("group", groupId).With("topic", topic).With("log", logId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<string> groups = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            groups.Add(reader.GetString(0));
        return groups;
    }

    private async Task<PartitionLease> TryAcquireAsync(LogPartition partition, string owner, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LimitsSql).With("lock_timeout", _settings.LockTimeoutText).With("idle", _settings.IdleLimitText);
        batch.Add(AcquireSql).With("group", partition.GroupId).With("log", partition.LogId).With("topic", partition.Topic)
            .With("partition", partition.Partition).With("owner", owner);
        PartitionLease? lease = null;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                lease = new PartitionLease(partition, owner, reader.GetInt64(0), await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null : reader.GetInt64(1));
        }
        if (lease is null)
            throw await LogChangedAsync(connection, partition, cancellationToken).ConfigureAwait(false);
        lease = await WithSuspectsAsync(connection, lease, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return lease;
    }

    private static async Task<LogChangedException> LogChangedAsync(NpgsqlConnection connection, LogPartition partition, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(StoredLogSql, connection);
        command.Parameters.AddWithValue("group", partition.GroupId);
        command.Parameters.AddWithValue("topic", partition.Topic);
        command.Parameters.AddWithValue("partition", partition.Partition);
        return new LogChangedException(partition, (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
    }

    /// <summary>Ends the backends that write this partition under an epoch up to <paramref name="epoch"/>. Their transactions roll back.</summary>
    private async Task EndBackendsAsync(LogPartition partition, long epoch, CancellationToken cancellationToken)
    {
        // As the login role: that is whose sessions they are.
        await using var connection = await _sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(EndBackendsSql, connection);
        command.Parameters.AddWithValue("prefix", NpgsqlDbType.Text, IngestSettings.TagPrefix(partition));
        command.Parameters.AddWithValue("epoch", epoch);
        var ended = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        if (ended > 0)
            LogEndedBackends(ended, partition.Topic, partition.Partition, epoch);
    }
}
