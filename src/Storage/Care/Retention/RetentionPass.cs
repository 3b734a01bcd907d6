using Npgsql;
using NpgsqlTypes;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>Applies one rule once, batch by batch. Each batch is a short transaction, and one node's at a time.</summary>
internal sealed class RetentionPass(DataSources sources, StoreOptions store, RetentionOptions options, RetentionRule rule, TimeSpan keep)
{
    private static readonly DateTime Beginning = DateTime.UnixEpoch;

    private long _afterId;
    private (DateTime Time, string Tenant, string Id) _afterKey = (Beginning, "", "");
    private bool _isFirst = true;

    /// <returns>How many rows were removed; null: it is not due, or another node is at it.</returns>
    public async Task<long?> RunAsync(CancellationToken cancellationToken)
    {
        var removed = 0L;
        while (true)
        {
            if (await RunBatchAsync(cancellationToken).ConfigureAwait(false) is not var (count, ended))
                return _isFirst ? null : removed;
            removed += count;
            _isFirst = false;
            if (ended)
                return removed;
        }
    }

    private async Task<(long Removed, bool Ended)?> RunBatchAsync(CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(sources, store, cancellationToken).ConfigureAwait(false);
        if (!await IsOursAsync(care, cancellationToken).ConfigureAwait(false))
            return null;
        var (removed, ended) = rule == RetentionRule.Tombstones
            ? await RemoveTombstonesAsync(care, cancellationToken).ConfigureAwait(false)
            : await RemoveRowsAsync(care, cancellationToken).ConfigureAwait(false);
        await using var record = new NpgsqlBatch(care.Connection);
        record.Add(RetentionSql.Record).With("rule", rule.ToString()).With("batch", (long?)removed).With("ended", ended).With("first", _isFirst);
        await record.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (removed, ended);
    }

    private async Task<bool> IsOursAsync(CareTransaction care, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(RetentionSql.TryLock);
        batch.Add(RetentionSql.Due).With("rule", rule.ToString()).With("interval", options.Interval);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!reader.GetBoolean(0))
            return false;
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return reader.GetBoolean(0);
    }

    private async Task<(long Removed, bool Ended)> RemoveRowsAsync(CareTransaction care, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(RetentionSql.Batch(rule)).With("keep", keep).With("after", (long?)_afterId).With("max", options.BatchRows);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (reader.IsDBNull(0))
            return (0, true);
        _afterId = reader.GetInt64(0);
        return (reader.GetInt64(1), !reader.IsDBNull(2) && reader.GetBoolean(2));
    }

    private async Task<(long Removed, bool Ended)> RemoveTombstonesAsync(CareTransaction care, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        var command = batch.Add(RetentionSql.Batch(rule)).With("keep", keep).With("max", options.BatchRows).With("after_tenant", _afterKey.Tenant).With("after_id", _afterKey.Id);
        command.Parameters.Add(new NpgsqlParameter("after_time", NpgsqlDbType.TimestampTz) { Value = _afterKey.Time });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            return (0, true);
        _afterKey = (reader.GetDateTime(0), reader.GetString(1), reader.GetString(2));
        return (reader.GetInt64(3), false);
    }
}
