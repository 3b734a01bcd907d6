using System.Diagnostics;
using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Generations;

public sealed partial class IndexGenerations
{
    private const string HasPendingSql = "SELECT EXISTS (SELECT FROM uvlm.generation_pending WHERE generation = @id AND problem IS NULL)";
    private const string PendingSql = "SELECT count(*) FILTER (WHERE problem IS NULL), count(problem) FROM uvlm.generation_pending WHERE generation = @id";

    // A program of before this table does not enter what it writes: looked for among all documents, but not while writers wait.
    private const string LackingSql = """
        SELECT count(*) FROM uvlm.document d LEFT JOIN uvlm.packed_{g} p ON p.tenant = d.tenant AND p.id = d.id
        WHERE NOT d.deleted AND p.content_hash IS DISTINCT FROM d.content_hash
            AND NOT EXISTS (SELECT FROM uvlm.generation_pending q WHERE q.generation = {g} AND q.tenant = d.tenant AND q.id = d.id)
        """;

    private const string RetireSql = "UPDATE uvlm.index_generation SET state = 'retired' WHERE state = 'live' AND id <> @id";
    private const string EnliveSql = "UPDATE uvlm.index_generation SET state = 'live', switched_at = now() WHERE id = @id";
    private const string EventSql = "INSERT INTO uvlm.outbox (type, data) VALUES (@type, @data::jsonb)";
    private const string ForgetPendingSql = "DELETE FROM uvlm.generation_pending WHERE generation = @id";
    private const string FilledSql = "UPDATE uvlm.index_generation SET filled_at = now() WHERE id = @id";
    private const string IsFilledSql = "SELECT filled_at IS NOT NULL FROM uvlm.index_generation WHERE id = @id";

    private static readonly TimeSpan PendingLook = TimeSpan.FromMilliseconds(50);

    /// <summary>The generation of a model, whatever its state; made beside the live one, empty, where there is none. From then on every write enters in it what it lacks.</summary>
    /// <exception cref="GenerationException">There is no live one.</exception>
    public Task<IndexGeneration> CreateAsync(string fingerprint, int dimension, CancellationToken cancellationToken = default)
    {
        Check(fingerprint, dimension);
        return _retry.RunAsync("Making an index generation", token => CreateOnceAsync(fingerprint, dimension, token), cancellationToken);
    }

    /// <summary>The generation of a model, whatever its state.</summary>
    /// <exception cref="GenerationException">There is none.</exception>
    public async Task<IndexGeneration> FindAsync(string fingerprint, int dimension, CancellationToken cancellationToken = default)
        => (await ListAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(g => g.Fingerprint == fingerprint && g.Dimension == dimension)
            ?? throw new GenerationException($"There is no index of model '{fingerprint}' with {dimension} dimensions. Make one: uvlm index create --model FOLDER.");

    /// <summary>Whether somebody with its model has to make vectors.</summary>
    public async Task<bool> HasPendingAsync(int generation, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(HasPendingSql, connection);
        command.Parameters.AddWithValue("id", generation);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>
    /// Makes a generation the live one, in one transaction that all writers wait for: then it has the newest content of every document. What it still lacks whoever
    /// fills it brings meanwhile.
    /// </summary>
    /// <param name="target">Its number.</param>
    /// <param name="from">The state it has to be in: filling for a switch, retired for a rollback.</param>
    /// <param name="despite">What it may lack.</param>
    /// <param name="patience">How long writers may wait for what it lacks.</param>
    /// <exception cref="GenerationException">It is not in that state, or lacks more; nothing was changed.</exception>
    public Task<IndexGeneration> SwitchAsync(int target, GenerationState from, SwitchAllowance despite, TimeSpan patience, CancellationToken cancellationToken = default)
        => _retry.RunAsync("Switching the index", token => SwitchOnceAsync(target, from, despite, patience, token), cancellationToken);

    /// <summary>Removes a generation that is not live, with all its vectors.</summary>
    /// <exception cref="GenerationException">There is none of that number, or it is the live one, or it is being read or indexed all the time.</exception>
    public async Task DropAsync(int generation, CancellationToken cancellationToken = default)
    {
        try
        {
            await _retry.RunAsync("Dropping an index generation", async token =>
            {
                await DropOnceAsync(generation, token).ConfigureAwait(false);
                return true;
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new GenerationException($"Generation {generation} is in use: its vectors are being indexed, verified or backed up. Try again when that has ended.");
        }
    }

    private async Task<IndexGeneration> CreateOnceAsync(string fingerprint, int dimension, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await LimitLocksAsync(connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, EnterOwnerSql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, LockSql, cancellationToken).ConfigureAwait(false);
        var all = await ReadAsync(connection, ListSql, cancellationToken).ConfigureAwait(false);
        if (all.Find(g => g.Fingerprint == fingerprint && g.Dimension == dimension) is { } own)
            return own;
        if (all.TrueForAll(static g => g.State != GenerationState.Live))
            throw new GenerationException("There is no index yet, so there is none to replace: the first node or uvlm ingest with a model makes it.");
        // Who has written without a word of the new one has committed by then, and is found by the first pass over the documents.
        await ExecuteAsync(connection, LockWritersSql, cancellationToken).ConfigureAwait(false);
        var made = await AddAsync(connection, fingerprint, dimension, GenerationState.Filling, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        LogMade(made.Id, fingerprint, dimension);
        return made;
    }

    private async Task<IndexGeneration> SwitchOnceAsync(
        int target, GenerationState from, SwitchAllowance despite, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await CheckSwitchAsync(connection, target, from, despite, cancellationToken).ConfigureAwait(false);

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await LimitLocksAsync(connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, LockWritersSql, cancellationToken).ConfigureAwait(false);
        // Whoever fills the target holds no lock that this one is in the way of, and so can bring it up to date.
        await WaitForPendingAsync(connection, target, despite, patience, cancellationToken).ConfigureAwait(false);
        // Another switch may have come first.
        var all = await ReadAsync(connection, ListSql, cancellationToken).ConfigureAwait(false);
        var (old, made) = (all.Find(static g => g.State == GenerationState.Live), Find(all, target, from));
        await ExecuteForAsync(connection, RetireSql, target, cancellationToken).ConfigureAwait(false);
        await ExecuteForAsync(connection, EnliveSql, target, cancellationToken).ConfigureAwait(false);
        await using (var happened = new NpgsqlBatch(connection))
        {
            happened.Add(EventSql).With("type", OutboxEvent.Switched).With("data", OutboxEvent.SwitchData(old, made));
            await happened.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        LogSwitched(old?.Id ?? 0, target);
        return made with { State = GenerationState.Live };
    }

    private async Task CheckSwitchAsync(
        NpgsqlConnection connection, int target, GenerationState from, SwitchAllowance despite, CancellationToken cancellationToken)
    {
        Find(await ReadAsync(connection, ListSql, cancellationToken).ConfigureAwait(false), target, from);
        if (despite.HasFlag(SwitchAllowance.Pending))
            return;
        await using (var filled = new NpgsqlCommand(IsFilledSql, connection))
        {
            filled.Parameters.AddWithValue("id", target);
            if (from == GenerationState.Filling && await filled.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                throw new GenerationException($"Generation {target} was not filled to the end yet. Let uvlm index create finish.");
        }
        await using var lacking = new NpgsqlCommand(GenerationTables.For(LackingSql, target), connection);
        if (await lacking.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long count and > 0)
            throw new GenerationException(string.Create(CultureInfo.InvariantCulture, $"Generation {target} lacks {count} documents that nobody entered for it. Run uvlm index create with its model again."));
    }

    private static async Task WaitForPendingAsync(
        NpgsqlConnection connection, int target, SwitchAllowance despite, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var (pending, failed) = await CountPendingAsync(connection, target, cancellationToken).ConfigureAwait(false);
            if (failed > 0 && !despite.HasFlag(SwitchAllowance.Failed))
            {
                throw new GenerationException(string.Create(CultureInfo.InvariantCulture,
                    $"Its model could not encode {failed} documents; they would not be found in generation {target}. 'uvlm index status' names some. Say --leave-failed if that is meant."));
            }
            if (pending == 0 || despite.HasFlag(SwitchAllowance.Pending))
                return;
            if (Stopwatch.GetElapsedTime(began) > patience)
            {
                throw new GenerationException(string.Create(CultureInfo.InvariantCulture,
                    $"Generation {target} still lacks {pending} documents after {patience.TotalSeconds:0} s. Let uvlm index create --follow with its model, or a node of it, run beside this."));
            }
            await Task.Delay(PendingLook, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<(long Pending, long Failed)> CountPendingAsync(NpgsqlConnection connection, int generation, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(PendingSql, connection);
        command.Parameters.AddWithValue("id", generation);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task DropOnceAsync(int generation, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await LimitLocksAsync(connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, EnterOwnerSql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, LockWritersSql, cancellationToken).ConfigureAwait(false);
        var all = await ReadAsync(connection, ListSql, cancellationToken).ConfigureAwait(false);
        if (Find(all, generation).State == GenerationState.Live)
            throw new GenerationException($"Generation {generation} is the live one. Switch to another first.");
        await ExecuteAsync(connection, GenerationTables.Drop(generation), cancellationToken).ConfigureAwait(false);
        await ExecuteForAsync(connection, RemoveSql, generation, cancellationToken).ConfigureAwait(false);
        // The owner sees no rows.
        await ExecuteAsync(connection, AsIngestSql, cancellationToken).ConfigureAwait(false);
        await ExecuteForAsync(connection, ForgetPendingSql, generation, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        LogDropped(generation);
    }

    /// <summary>
    /// Notes that a pass over all documents has entered what the generation lacked. One attempt, which fails for a passing reason while others hold the table for long.
    /// </summary>
    internal static async Task NoteFilledAsync(DataSources sources, StoreOptions options, IndexGeneration generation, CancellationToken cancellationToken)
    {
        await using var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LockTimeoutSql).With("lock_timeout", IngestSettings.Milliseconds(options.LockTimeout));
        batch.Add(IdleSql).With("idle", IngestSettings.Milliseconds(options.IdleTransactionLimit));
        // Its row would do, but writers of this generation hold that one after the other, and would be waited for without end.
        batch.Add(LockWritersSql);
        batch.Add(FilledSql).With("id", generation.Id);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task LimitLocksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LockTimeoutSql).With("lock_timeout", IngestSettings.Milliseconds(_options.LockTimeout));
        await LimitIdlenessAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs the batch with it. A change whose program is stopped must not stop the writers, nor the nodes that start.</summary>
    private async Task LimitIdlenessAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        batch.Add(IdleSql).With("idle", IngestSettings.Milliseconds(_options.IdleTransactionLimit));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static IndexGeneration Find(List<IndexGeneration> all, int id)
        => all.Find(g => g.Id == id) ?? throw new GenerationException($"There is no generation {id}. 'uvlm index status' shows those there are.");

    private static IndexGeneration Find(List<IndexGeneration> all, int id, GenerationState state)
    {
        var found = Find(all, id);
        return found.State == state
            ? found
            : throw new GenerationException(found.State switch
            {
                GenerationState.Live => $"Generation {id} is the live one already.",
                GenerationState.Filling => $"Generation {id} was never live. Switch to it: uvlm index switch.",
                _ => $"Generation {id} was live before. Go back to it: uvlm index rollback.",
            });
    }
}
