using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Ingest;

public sealed partial class IngestStore
{
    // FOR UPDATE: if the backend that we lost is still committing, this waits for it; its transaction holds the row until it has ended.
    private const string ReadFenceSql = """
        SELECT epoch, next_offset FROM uvlm.ingest_offset
        WHERE group_id = @group AND topic = @topic AND partition = @partition AND log_id = @log
        FOR UPDATE
        """;

    /// <inheritdoc/>
    /// <exception cref="EmbeddingMissingException">A document without vectors would need them.</exception>
    /// <exception cref="IndexMismatchException">The vectors are not of the generation's model, or it was dropped.</exception>
    public async Task<WriteSummary> WriteAsync(
        PartitionLease lease, long firstOffset, long nextOffset, IReadOnlyList<RecordOutcome> outcomes, CancellationToken cancellationToken)
    {
        if (nextOffset == firstOffset && outcomes.Count == 0)
            return default;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(nextOffset, firstOffset);
        var write = new RangeWrite(lease, firstOffset, nextOffset, new RangeContent(RejectUnstorableText(outcomes), Generation, firstOffset, nextOffset));
        return await _retry.RunAsync("Writing a range", token => TryWriteAsync(write, token), cancellationToken).ConfigureAwait(false);
    }

    private async Task<WriteSummary> TryWriteAsync(RangeWrite write, CancellationToken cancellationToken)
    {
        try
        {
            if (write.Uncertain is { } summary && await WasCommittedAsync(write, cancellationToken).ConfigureAwait(false))
            {
                LogCommitConfirmed(write.Lease.Partition.Topic, write.Lease.Partition.Partition, write.NextOffset);
                return summary;
            }
            write.Uncertain = null;
            try
            {
                return await WriteOnceAsync(write, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (TransientErrors.IsBadData(e.SqlState))
            {
                var replaced = await RejectUnstorableAsync(write, cancellationToken).ConfigureAwait(false);
                if (replaced == 0)
                    throw;
                // Once more, with dead letters in their places.
                return await WriteOnceAsync(write, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // The generation was dropped: it was retired, or it was empty and another model took its place.
            throw await IndexGenerations.ExplainMismatchAsync(_sources, Generation, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // A stopped earlier owner, or a connection of ours that broke and whose backend has not noticed: neither can commit this range.
            await EndBackendsAsync(write.Lease.Partition, write.Lease.Epoch, cancellationToken).ConfigureAwait(false);
            await _stopped.EndAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<WriteSummary> WriteOnceAsync(RangeWrite write, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var (locked, plan) = await LockAndResolveAsync(connection, write, cancellationToken).ConfigureAwait(false);
        if (plan.MissingEmbeddings.Count > 0)
            throw new EmbeddingMissingException(plan.MissingEmbeddings);

        await using var batch = new NpgsqlBatch(connection);
        NpgsqlBatchCommand? fence = null;
        var kept = await RangeBatch.ExecuteDataAsync(
            batch, write.Lease.Partition, Generation.Id, write.Content, locked, plan, b => fence = AddEnd(b, write), cancellationToken).ConfigureAwait(false);
        if (fence!.RecordsAffected == 0)
            throw await FencedAsync(connection, write, cancellationToken).ConfigureAwait(false);
        if (!kept)
            throw new LostRaceException();
        await CommitAsync(transaction, write, plan.Summary).ConfigureAwait(false);
        TellRefused(write, plan.DeadLetters);
        return plan.Summary;
    }

    private async Task<(LockedRange Locked, RangePlan Plan)> LockAndResolveAsync(
        NpgsqlConnection connection, RangeWrite write, CancellationToken cancellationToken)
    {
        var tag = IngestSettings.Tag(write.Lease.Partition, write.Lease.Epoch);
        var locked = await LockedRange.ReadAsync(connection, _settings, tag, write.Content, cancellationToken).ConfigureAwait(false);
        if (!locked.HasGeneration)
            throw await IndexGenerations.ExplainMismatchAsync(_sources, Generation, cancellationToken).ConfigureAwait(false);
        return (locked, RangeResolver.Resolve(write.Lease.Partition, write.Content.Outcomes, locked.Documents, locked.Rules, locked.Succession));
    }

    /// <summary>One line a range: a whole collection may have come again under its old versions.</summary>
    private void TellRefused(RangeWrite write, IReadOnlyList<DeadLetter> letters)
    {
        var refused = letters.Where(static letter => letter.Stage == RangeResolver.Stage).ToList();
        if (refused is not [var first, ..])
            return;
        var (partition, offset) = first.Position(write.Lease.Partition);
        LogRefused(refused.Count, partition.Topic, partition.Partition, offset, first.DocumentId, first.Reason, first.ErrorChain);
    }

    /// <summary>Not cancellable: an abandoned COMMIT would leave the caller not knowing.</summary>
    private static async Task CommitAsync(NpgsqlTransaction transaction, RangeWrite write, WriteSummary summary)
    {
        write.Uncertain = summary;
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        write.Uncertain = null;
    }

    /// <summary>The fence; before it goes what the range was read from, where that is kept for this only.</summary>
    private NpgsqlBatchCommand AddEnd(NpgsqlBatch batch, RangeWrite write)
    {
        var partition = write.Lease.Partition;
        if (partition == ReplayLog.Partition)
            batch.Add(ReplayLog.DoneSql).With("first", (long?)write.FirstOffset).With("next", (long?)write.NextOffset);
        return batch.Add(_settings.FenceSql)
            .With("group", partition.GroupId).With("topic", partition.Topic).With("partition", partition.Partition).With("log", partition.LogId)
            .With("epoch", (long?)write.Lease.Epoch).With("first", (long?)write.FirstOffset).With("next", (long?)write.NextOffset);
    }

    /// <summary>After a COMMIT without an answer: did it count?</summary>
    private async Task<bool> WasCommittedAsync(RangeWrite write, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var (epoch, next) = await ReadFenceAsync(connection, write.Lease.Partition, cancellationToken).ConfigureAwait(false);
        if (epoch != write.Lease.Epoch)
            throw Fenced(write, epoch, next);
        return next == write.NextOffset;
    }

    private async Task<FencedException> FencedAsync(NpgsqlConnection connection, RangeWrite write, CancellationToken cancellationToken)
    {
        var (epoch, next) = await ReadFenceAsync(connection, write.Lease.Partition, cancellationToken).ConfigureAwait(false);
        return Fenced(write, epoch, next);
    }

    private FencedException Fenced(RangeWrite write, long? epoch, long? next)
    {
        var detail = epoch is null
            ? "the partition is not recorded under this log any more"
            : string.Create(CultureInfo.InvariantCulture, $"it has epoch {epoch} and stands at {next}, the range began at {write.FirstOffset}");
        LogFenced(write.Lease.Partition.Topic, write.Lease.Partition.Partition, write.Lease.Epoch, detail);
        return new FencedException(write.Lease, detail);
    }

    private async Task<(long? Epoch, long? Next)> ReadFenceAsync(NpgsqlConnection connection, LogPartition partition, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LimitsSql).With("lock_timeout", _settings.LockTimeoutText).With("idle", _settings.IdleLimitText);
        batch.Add(ReadFenceSql)
            .With("group", partition.GroupId).With("topic", partition.Topic).With("partition", partition.Partition).With("log", partition.LogId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            return (null, null);
        return (reader.GetInt64(0), await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null : reader.GetInt64(1));
    }
}
