using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Erasure;

/// <summary>
/// Removes what is stored of a document, or of a whole tenant, wherever it stands: not a delete, which is a version of a document and leaves its letters, events
/// and pictures. Runs beside the writers, and may be repeated. docs/storage.md says what it does not reach.
/// </summary>
public sealed partial class Eraser
{
    private const int InboxPageRows = 32;

    private const string StateSql = "SELECT deleted, version, version_rule, sequence FROM uvlm.document WHERE tenant = @tenant AND id = @id";

    // The version stays, so that an older record that is delivered again is still an older one.
    private const string TombstoneSql = $"""
        UPDATE uvlm.document SET collection = NULL, title = NULL, language = NULL, text_config = NULL, time = NULL, metadata = NULL, body = NULL, tsv = NULL,
            content_hash = '', part_count = 0, deleted = true, sequence = @sequence, updated_at = now(),
            source_log = '{ErasureSql.Source}', source_topic = '{ErasureSql.Source}', source_partition = 0, source_offset = 0
        WHERE tenant = @tenant AND id = @id
        """;

    // A letter without a tenant is of a record that named none.
    private const string DropLettersSql = """
        DELETE FROM uvlm.dead_letter WHERE document_id = @id AND (tenant = @tenant OR (tenant IS NULL AND @tenant = @default_tenant))
        """;

    private const string DropReplaysSql = """
        DELETE FROM uvlm.replay WHERE document_id = @id AND (tenant = @tenant OR (tenant IS NULL AND @tenant = @default_tenant))
        """;

    // But for the one that tells of the deletion, where nobody has heard it yet: no other will.
    private const string DropEventsSql = """
        DELETE FROM uvlm.outbox WHERE document_id = @id AND (tenant = @tenant OR (tenant IS NULL AND @tenant = @default_tenant))
            AND NOT (type = @deleted AND sequence = @told AND published_at IS NULL)
        """;

    private const string EventSql = "INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data) VALUES (@type, @tenant, @id, @sequence, @data::jsonb)";

    private static readonly TimeSpan RetryWindow = TimeSpan.FromSeconds(30);

    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly RetryPolicy _retry;
    private readonly ILogger _logger;

    internal Eraser(DataSources sources, StoreOptions options, ILogger<Eraser> logger)
    {
        _sources = sources;
        _options = options;
        _logger = logger;
        _retry = new RetryPolicy(sources, RetryWindow, logger);
    }

    /// <summary>
    /// Erases one document. What remains is a tombstone of its key and version, and the event that tells consumers that it is gone. Records that are still unread
    /// in a log, and newer than what was stored, come after it.
    /// </summary>
    public async Task<ErasureSummary> EraseDocumentAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentException.ThrowIfNullOrEmpty(id);
        var pushed = await _retry.RunAsync("Erasing pushed records", token => EraseInboxAsync(tenant, id, token), cancellationToken).ConfigureAwait(false);
        var letters = await _retry.RunAsync("Erasing dead letters", token => EraseLettersAsync(tenant, id, token), cancellationToken).ConfigureAwait(false);
        var summary = await _retry.RunAsync("Erasing a document", token => EraseOnceAsync(tenant, id, token), cancellationToken).ConfigureAwait(false);
        summary = summary with { InboxRecords = pushed, DeadLetters = summary.DeadLetters + letters };
        LogErased(summary.Documents, summary.Pictures, summary.DeadLetters, summary.Events, summary.InboxRecords);
        return summary;
    }

    private async Task<ErasureSummary> EraseOnceAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        await care.LockAsync([new DocumentKey(tenant, id)], cancellationToken).ConfigureAwait(false);
        var tombstone = await ReadAsync(care, tenant, id, cancellationToken).ConfigureAwait(false);
        var hashes = await LockPicturesAsync(care, tenant, [id], cancellationToken).ConfigureAwait(false);

        await using var batch = new NpgsqlBatch(care.Connection);
        AddDrops(batch, care, tenant, [id]);
        var pictures = batch.Add(ErasureSql.DropPictures).With("tenant", tenant).With("hashes", hashes);
        if (tombstone is not null)
            batch.Add(TombstoneSql).With("tenant", tenant).With("id", id).With("sequence", tombstone.Sequence);
        // Of a document that was deleted before, only the columns' emptiness is made sure of: consumers were told, or will be.
        var letters = Keyed(batch.Add(DropLettersSql), tenant, id);
        // Twice: a match that was being written held one of them up, and has left an event that the first statement did not see.
        NpgsqlBatchCommand[] events = [DropEvents(), DropEvents()];
        if (tombstone is { IsNew: true })
            batch.Add(EventSql).With("type", OutboxEvent.Deleted).With("tenant", tenant).With("id", id).With("sequence", (long?)tombstone.Sequence).With("data", tombstone.Data);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return new ErasureSummary(
            tombstone is { IsNew: true } ? 1 : 0, (long)pictures.RecordsAffected, (long)letters.RecordsAffected, events.Sum(static e => (long)e.RecordsAffected), 0);

        NpgsqlBatchCommand DropEvents() => Keyed(batch.Add(DropEventsSql), tenant, id)
            .With("deleted", OutboxEvent.Deleted).With("told", tombstone is { IsNew: false } ? tombstone.Sequence : (long?)null);
    }

    /// <summary>
    /// Before the document: a record that a node has read and not written yet either counts by now, or is fenced off. The rows go in the transaction that fences.
    /// </summary>
    private async Task<long> EraseInboxAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        var about = await FindInboxAsync(tenant, id, cancellationToken).ConfigureAwait(false);
        if (about.Count == 0)
            return 0;
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        var dropped = batch.Add(ErasureSql.DropInbox).With("tenant", tenant).With("ids", about);
        batch.Add(ErasureSql.Fence).With("owner", ErasureSql.Source).With("log", InboxLog.Name).With("last", (long?)about[^1]);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (long)dropped.RecordsAffected;
    }

    /// <summary>Those that are on their way to be ingested again too, and likewise before the document. A replay moves a letter from the one table to the other: in this order none slips through.</summary>
    private async Task<long> EraseLettersAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        var letters = Keyed(batch.Add(DropLettersSql), tenant, id);
        var replays = Keyed(batch.Add(DropReplaysSql), tenant, id);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        if (replays.RecordsAffected > 0)
        {
            await using var fence = new NpgsqlBatch(care.Connection);
            fence.Add(ErasureSql.Fence).With("owner", ErasureSql.Source).With("log", ReplayLog.Partition.LogId).With("last", (long?)long.MaxValue);
            await fence.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (long)letters.RecordsAffected + (long)replays.RecordsAffected;
    }

    /// <summary>The table has no column for it: what a record is about stands in its bytes.</summary>
    private async Task<List<long>> FindInboxAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var about = new List<long>();
        long after = 0;
        int read;
        do
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(ErasureSql.InboxPage).With("tenant", tenant).With("after", (long?)after).With("max", InboxPageRows);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            for (read = 0; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); read++)
            {
                after = reader.GetInt64(0);
                var headers = new KeyValuePair<string, byte[]>("content-type", Encoding.UTF8.GetBytes(reader.GetString(1)));
                if (IngestMessageDecoder.Identify(null, reader.GetFieldValue<byte[]>(2), [headers]).Id == id)
                    about.Add(after);
            }
        }
        while (read == InboxPageRows);
        return about;
    }

    private static async Task<Tombstone?> ReadAsync(CareTransaction care, string tenant, string id, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(StateSql).With("tenant", tenant).With("id", id);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            return null;
        var isNew = !reader.GetBoolean(0);
        var data = new JsonObject { ["version"] = reader.GetInt64(1), ["version_rule"] = reader.GetString(2) };
        return new Tombstone(isNew, reader.GetInt64(3) + (isNew ? 1 : 0), data.ToJsonString());
    }

    private static async Task<List<byte[]>> LockPicturesAsync(CareTransaction care, string tenant, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(ErasureSql.LockPictures).With("tenant", tenant).With("ids", ids);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var hashes = new List<byte[]>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            hashes.Add(reader.GetFieldValue<byte[]>(0));
        return hashes;
    }

    /// <summary>Vectors of every generation, and links.</summary>
    private static void AddDrops(NpgsqlBatch batch, CareTransaction care, string tenant, IReadOnlyList<string> ids)
    {
        foreach (var generation in care.Generations)
        {
            foreach (var sql in (string[])[ErasureSql.DropParts, ErasureSql.DropDocumentVectors, ErasureSql.DropPacked, ErasureSql.DropPending])
                batch.Add(GenerationTables.For(sql, generation)).With("tenant", tenant).With("ids", ids);
        }
        batch.Add(ErasureSql.DropLinks).With("tenant", tenant).With("ids", ids);
    }

    private static NpgsqlBatchCommand Keyed(NpgsqlBatchCommand command, string tenant, string id)
        => command.With("tenant", tenant).With("id", id).With("default_tenant", InterleavedDocument.DefaultTenant);

    [LoggerMessage(3700, LogLevel.Information, "Erased {Documents} documents, {Pictures} pictures, {Letters} dead letters, {Events} events and {Pushed} pushed records")]
    private partial void LogErased(long documents, long pictures, long letters, long events, long pushed);

    /// <param name="IsNew">The document was not deleted yet.</param>
    /// <param name="Data">Of the event.</param>
    private sealed record Tombstone(bool IsNew, long Sequence, string Data);
}
