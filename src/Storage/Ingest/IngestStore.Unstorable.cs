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
    /// every record alone in a transaction that is rolled back, and puts a dead letter in the place of each that fails.
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
            var given = outcomes[i];
            // The letter in a document's place is tried like one that was handed in: its tenant may be too long for an index of letters too.
            while (!IsBare(outcomes[i]) && await FindRefusalAsync(connection, transaction, write, outcomes[i], cancellationToken).ConfigureAwait(false) is { } refusal)
            {
                LogUnstorable(refusal, write.Lease.Partition.Topic, write.Lease.Partition.Partition, outcomes[i].Offset);
                var explanation = $"PostgreSQL {refusal.SqlState}: {refusal.MessageText}" + (refusal.Detail is null ? "" : $" ({refusal.Detail})");
                outcomes[i] = outcomes[i] is DeadLetter letter ? Bare(letter, explanation) : RangeResolver.ToDeadLetter(outcomes[i], UnstorableReason, null, explanation);
            }
            replaced += ReferenceEquals(given, outcomes[i]) ? 0 : 1;
        }
        write.Content = new RangeContent(outcomes, Generation, write.FirstOffset, write.NextOffset);
        return replaced;
    }

    /// <returns>Null: it can be stored.</returns>
    private async Task<PostgresException?> FindRefusalAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, RangeWrite write, RecordOutcome outcome, CancellationToken cancellationToken)
    {
        PostgresException? refusal = null;
        await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        try
        {
            await ProbeAsync(connection, write, outcome, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (TransientErrors.IsBadData(e.SqlState))
        {
            refusal = e;
        }
        await transaction.RollbackAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        return refusal;
    }

    /// <summary>Nothing is left of it that the server could have no place for.</summary>
    private static bool IsBare(RecordOutcome outcome) => outcome is DeadLetter { Tenant: null, DocumentId: null, Headers.Count: 0 };

    /// <summary>Better a letter that does not say whose it is than a partition that stands still at it: the record's key and bytes stay, and can be replayed.</summary>
    private static DeadLetter Bare(DeadLetter letter, string explanation) => letter with
    {
        Stage = RangeResolver.Stage,
        Reason = UnstorableReason,
        Tenant = null,
        DocumentId = null,
        Headers = [],
        ErrorChain = $"Tenant, id and headers are left out, because the database can't hold them: {explanation}\n{letter.Stage}: {letter.Reason}\n{letter.ErrorChain}",
    };

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
