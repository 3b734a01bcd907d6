using Npgsql;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Ingest;

public sealed partial class IngestStore
{
    private const string UnstorableReason = "unstorable";
    private const string Savepoint = "record";

    /// <summary>
    /// The server refused the range for some record's data (a number out of range, a key too long for an index, a vector with NaN). Tries
    /// every document alone in a transaction that is rolled back, and puts a dead letter in the place of each that fails.
    /// </summary>
    /// <returns>How many were replaced.</returns>
    private async Task<int> RejectUnstorableAsync(RangeWrite write, CancellationToken cancellationToken)
    {
        var outcomes = write.Content.Outcomes.ToArray();
        var replaced = 0;
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] is DeadLetter)
                continue;
            await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            try
            {
                await ProbeAsync(connection, write, outcomes[i], cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (TransientErrors.IsBadData(e.SqlState))
            {
                LogUnstorable(e, write.Lease.Partition.Topic, write.Lease.Partition.Partition, outcomes[i].Offset);
                outcomes[i] = RangeResolver.ToDeadLetter(outcomes[i], UnstorableReason, null,
                    $"PostgreSQL {e.SqlState}: {e.MessageText}" + (e.Detail is null ? "" : $" ({e.Detail})"));
                replaced++;
            }
            await transaction.RollbackAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        }
        write.Content = new RangeContent(outcomes, Generation, write.FirstOffset, write.NextOffset);
        return replaced;
    }

    private async Task ProbeAsync(NpgsqlConnection connection, RangeWrite write, RecordOutcome outcome, CancellationToken cancellationToken)
    {
        var content = new RangeContent([outcome], Generation, write.FirstOffset, write.NextOffset);
        var (locked, plan) = await LockAndResolveAsync(connection, write with { Content = content }, cancellationToken).ConfigureAwait(false);
        // Alone it may want vectors that another record of the range would have brought; only its own data is on trial here.
        await using var batch = new NpgsqlBatch(connection);
        await RangeBatch.ExecuteDataAsync(batch, write.Lease.Partition, Generation.Id, content, locked, plan, static _ => { }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Text that PostgreSQL has no place for is found before anything is sent.</summary>
    private static RecordOutcome[] RejectUnstorableText(IReadOnlyList<RecordOutcome> outcomes) => [.. outcomes.Select(static outcome =>
    {
        var problem = outcome switch
        {
            DocumentUpsert upsert => Storable.Find(upsert.Document),
            DocumentDelete delete => Storable.Find("tenant", delete.Tenant) ?? Storable.Find("id", delete.Id),
            _ => null,
        };
        return problem is { } found ? RangeResolver.ToDeadLetter(outcome, UnstorableReason, found.Field, $"{found.Field}: {found.Problem}") : outcome;
    })];
}
