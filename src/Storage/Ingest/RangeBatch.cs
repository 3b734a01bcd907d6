using Npgsql;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>
/// The second half of a write transaction, one round trip: collections, documents, vectors, pictures, events, dead letters, and last of all the
/// fence. Rows travel as arrays and are inserted set by set; which was measured to be as fast as COPY into a staging table (docs/storage.md).
/// </summary>
internal sealed class RangeBatch
{
    /// <summary>No row: somebody has taken the partition, or it stands elsewhere. The update's row lock orders us against a taker.</summary>
    public const string FenceSql = """
        UPDATE uvlm.ingest_offset SET next_offset = @next, backend_pid = pg_backend_pid(), updated_at = now()
        WHERE group_id = @group AND topic = @topic AND partition = @partition AND log_id = @log
            AND epoch = @epoch AND (next_offset = @first OR next_offset IS NULL)
        """;

    private const string CollectionsSql = """
        INSERT INTO uvlm.collection (tenant, name, version_rule)
        SELECT * FROM unnest(@tenants, @names, @rules) AS k (tenant, name, rule)
        ON CONFLICT (tenant, name) DO NOTHING
        """;

    private const string TextConfigsSql = """
        INSERT INTO uvlm.tenant_text_config (tenant, text_config)
        SELECT * FROM unnest(@tenants, @configs) AS k (tenant, config)
        ON CONFLICT (tenant, text_config) DO NOTHING
        """;

    // The newest wins in this one statement; where one log follows another, all of the later one is newer. The row that it replaces must be the one that
    // was resolved against: one that somebody inserted since is left alone, and the missing row count makes us begin again. Arrays come in key order.
    private const string DocumentsSql = """
        INSERT INTO uvlm.document AS d (tenant, id, collection, title, language, text_config, time, metadata, body, version, version_rule, content_hash,
            deleted, sequence, part_count, source_log, source_topic, source_partition, source_offset, updated_at, tsv, words_version)
        SELECT k.tenant, k.id, k.collection, k.title, k.language, k.text_config, k.time, k.metadata, k.body, k.version, k.rule, k.content_hash,
            k.deleted, k.sequence, k.part_count, k.log, k.topic, k.partition, k.source_offset, now(),
            CASE WHEN k.deleted THEN NULL ELSE uvlm.to_search_vector(k.text_config::regconfig, k.words_of_title, k.words) END, 1
        FROM unnest(@tenants, @ids, @collections, @titles, @languages, @configs, @times, @metadata, @bodies, @versions, @rules, @hashes, @deleted,
                @sequences, @part_counts, @logs, @topics, @partitions, @offsets, @words, @words_of_titles) WITH ORDINALITY
            AS k (tenant, id, collection, title, language, text_config, time, metadata, body, version, rule, content_hash, deleted, sequence,
                part_count, log, topic, partition, source_offset, words, words_of_title, place)
        ORDER BY k.place
        ON CONFLICT (tenant, id) DO UPDATE SET
            collection = excluded.collection, title = excluded.title, language = excluded.language, text_config = excluded.text_config,
            time = excluded.time, metadata = excluded.metadata, body = excluded.body, version = excluded.version, version_rule = excluded.version_rule,
            content_hash = excluded.content_hash, deleted = excluded.deleted, sequence = excluded.sequence, part_count = excluded.part_count,
            source_log = excluded.source_log, source_topic = excluded.source_topic, source_partition = excluded.source_partition,
            source_offset = excluded.source_offset, updated_at = excluded.updated_at, tsv = excluded.tsv, words_version = excluded.words_version
        WHERE d.sequence = excluded.sequence - 1 AND (excluded.version > d.version AND excluded.version_rule = d.version_rule
            OR EXISTS (SELECT FROM uvlm.log_succession s WHERE s.rule = excluded.version_rule AND s.follows = d.version_rule))
        """;

    private const string VersionsSql = """
        UPDATE uvlm.document d
        SET version = k.version, version_rule = k.rule, source_log = k.log, source_topic = k.topic, source_partition = k.partition, source_offset = k.source_offset,
            updated_at = now()
        FROM unnest(@tenants, @ids, @versions, @rules, @logs, @topics, @partitions, @offsets) AS k (tenant, id, version, rule, log, topic, partition, source_offset)
        WHERE d.tenant = k.tenant AND d.id = k.id AND (k.version > d.version AND k.rule = d.version_rule
            OR EXISTS (SELECT FROM uvlm.log_succession s WHERE s.rule = k.rule AND s.follows = d.version_rule))
        """;

    private const string DropPicturesSql = "DELETE FROM uvlm.document_blob v USING unnest(@tenants, @ids) AS k (tenant, id) WHERE v.tenant = k.tenant AND v.id = k.id";

    // Entered under the documents' locks, in their order. What a model could not take may be other content by now.
    private const string PendingSql = """
        INSERT INTO uvlm.generation_pending AS q (generation, tenant, id)
        SELECT @generation, k.tenant, k.id FROM unnest(@tenants, @ids) WITH ORDINALITY AS k (tenant, id, place) ORDER BY k.place
        ON CONFLICT (generation, tenant, id) DO UPDATE SET entry = DEFAULT, problem = NULL
        """;

    // Of what is deleted or has its vectors nothing is lacking any more, whatever the model could not take before: such an entry would refuse a switch for ever.
    private const string SettledSql = """
        DELETE FROM uvlm.generation_pending q USING unnest(@tenants, @ids) AS k (tenant, id)
        WHERE q.generation = @generation AND q.tenant = k.tenant AND q.id = k.id
        """;

    // One that somebody else has inserted since we looked is locked by being touched, or the sweep of unused ones could remove it before our reference is there.
    private const string BlobsSql = """
        INSERT INTO uvlm.blob (tenant, sha256, media_type, bytes)
        SELECT k.tenant, k.sha256, k.media_type, k.bytes
        FROM unnest(@tenants, @hashes, @types, @bytes) WITH ORDINALITY AS k (tenant, sha256, media_type, bytes, place)
        ORDER BY k.place
        ON CONFLICT (tenant, sha256) DO UPDATE SET touched_at = now()
        """;

    private const string PictureReferencesSql = """
        INSERT INTO uvlm.document_blob (tenant, id, sha256)
        SELECT * FROM unnest(@tenants, @ids, @hashes)
        """;

    private const string EventsSql = """
        INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data)
        SELECT k.type, k.tenant, k.id, k.sequence, k.data
        FROM unnest(@types, @tenants, @ids, @sequences, @data) WITH ORDINALITY AS k (type, tenant, id, sequence, data, place)
        ORDER BY k.place
        """;

    private const string DeadLetterSql = """
        INSERT INTO uvlm.dead_letter (tenant, document_id, group_id, log_id, topic, partition, log_offset, stage, reason, field, error_chain, key, payload,
            header_names, header_values, version, version_rule, collection, is_tombstone, is_whole, replays)
        VALUES (@tenant, @id, @group, @log, @topic, @partition, @offset, @stage, @reason, @field, @error, @key, @payload, @header_names, @header_values,
            @version, @rule, @collection, @is_tombstone, @is_whole, @replays)
        """;

    private const string FinishedSql = """
        UPDATE uvlm.inbox i SET status = 'done', outcome = k.outcome, version = k.version, finished_at = now()
        FROM unnest(@offsets, @outcomes, @versions) AS k (id, outcome, version)
        WHERE i.id = k.id
        """;

    // The same of pushed records that come once more: found by where they came from, before their entries are deleted.
    private const string FinishedAgainSql = $"""
        UPDATE uvlm.inbox i SET status = 'done', outcome = k.outcome, version = k.version, finished_at = now()
        FROM unnest(@offsets, @outcomes, @versions) AS k (id, outcome, version)
        JOIN uvlm.replay r ON r.id = k.id AND r.log_id = '{InboxLog.Name}' AND r.topic = '{InboxLog.Name}'
        WHERE i.id = r.log_offset
        """;

    // The dead letter and the pushed record that it was, so that its sender hears of it.
    private const string DeadPushSql = $"""
        WITH letter AS ({DeadLetterSql} RETURNING id)
        UPDATE uvlm.inbox i SET status = 'dead', dead_letter_id = letter.id, dead_reason = @reason, dead_field = @field, dead_detail = @error, finished_at = now()
        FROM letter
        WHERE i.id = @offset
        """;

    // A message to the server is limited to 1 GB, and both sides hold it whole.
    private const long ChunkBytes = 16 << 20;

    private readonly NpgsqlBatch _batch;
    private readonly LogPartition _partition;
    private readonly int _generation;
    private readonly RangeContent _content;
    private readonly LockedRange _locked;
    private readonly List<(NpgsqlBatchCommand Command, int Rows)> _exact = [];

    private RangeBatch(NpgsqlBatch batch, LogPartition partition, int generation, RangeContent content, LockedRange locked)
    {
        _batch = batch;
        _partition = partition;
        _generation = generation;
        _content = content;
        _locked = locked;
    }

    /// <returns>False: a document or collection that did not exist when rows were locked does now. Roll back and begin anew.</returns>
    public static async Task<bool> ExecuteDataAsync(
        NpgsqlBatch batch, LogPartition partition, int generation, RangeContent content, LockedRange locked, RangePlan plan,
        Action<NpgsqlBatch> last, CancellationToken cancellationToken)
    {
        var range = new RangeBatch(batch, partition, generation, content, locked);
        range.AddAll(plan);
        last(batch);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return range._exact.TrueForAll(e => e.Command.RecordsAffected == e.Rows);
    }

    private void AddAll(RangePlan plan)
    {
        AddCollections(plan.NewCollections);
        var rows = plan.Writes.Where(w => w.Kind is DocumentWriteKind.Replace or DocumentWriteKind.Tombstone).ToArray();
        AddTextConfigs(rows);
        foreach (var chunk in Chunks(rows.Select(r => new DocumentRow(r, _content)), r => r.Bytes))
            AddDocuments(chunk);
        AddVersions(plan.Writes.Where(w => w.Kind is DocumentWriteKind.VersionOnly or DocumentWriteKind.VectorsAndVersion).ToArray());
        AddDrops(plan.Writes.Where(w => w.Kind != DocumentWriteKind.VersionOnly).ToArray());
        var encoded = plan.Writes
            .Where(w => w.Kind is DocumentWriteKind.Replace or DocumentWriteKind.VectorsOnly or DocumentWriteKind.VectorsAndVersion).ToArray();
        foreach (var chunk in Chunks(encoded, w => GenerationVectors.Bytes(w.Upsert!.Embedding!)))
            _batch.AddVectors(_generation, [.. chunk.Select(w => new EncodedDocument(w.Key, w.Upsert!.Document.Collection, w.Upsert.ContentHash, w.Upsert.Embedding!))]);
        AddOthers(rows);
        AddPictures(encoded);
        AddEvents(rows, plan.DeadLetters);
        foreach (var letter in plan.DeadLetters)
            AddDeadLetter(letter);
        if (InboxLog.IsLog(_partition))
            AddFinished(FinishedSql, plan.Records);
        else if (_partition == ReplayLog.Partition)
            AddFinished(FinishedAgainSql, plan.Records);
    }

    private void AddFinished(string sql, IReadOnlyList<ResolvedRecord> records)
    {
        if (records.Count == 0)
            return;
        _batch.Add(sql)
            .With("offsets", records.Select(static r => r.Offset)).With("outcomes", records.Select(static r => r.Result.ToString().ToLowerInvariant()))
            .With("versions", records.Select(static r => r.Version));
    }

    private void AddCollections(IReadOnlyList<CollectionRule> collections)
    {
        if (collections.Count == 0)
            return;
        var command = _batch.Add(CollectionsSql)
            .With("tenants", collections.Select(c => c.Key.Tenant)).With("names", collections.Select(c => c.Key.Name)).With("rules", collections.Select(c => c.Rule));
        _exact.Add((command, collections.Count));
    }

    /// <summary>All of them before the first document: chunk by chunk, two writers could each hold what the other one wants.</summary>
    private void AddTextConfigs(DocumentWrite[] writes)
    {
        var configs = writes.Where(w => w.Upsert is not null)
            .Select(w => new DocumentKey(w.Key.Tenant, TextConfigurations.Of(w.Upsert!.Document))).Distinct().Order().ToArray();
        if (configs.Length > 0)
            _batch.Add(TextConfigsSql).With("tenants", configs.Select(c => c.Tenant)).With("configs", configs.Select(c => c.Id));
    }

    private void AddDocuments(IReadOnlyList<DocumentRow> rows)
    {
        var command = AddPositions(_batch.Add(DocumentsSql), rows.Select(r => r.Write))
            .With("tenants", rows.Select(r => r.Key.Tenant)).With("ids", rows.Select(r => r.Key.Id))
            .With("collections", rows.Select(r => r.Document?.Collection)).With("titles", rows.Select(r => r.Document?.Title))
            .With("languages", rows.Select(r => r.Document?.Language)).With("configs", rows.Select(r => r.TextConfig))
            .With("times", rows.Select(r => r.Document?.Time?.UtcDateTime)).WithJson("metadata", rows.Select(r => r.Metadata))
            .WithJson("bodies", rows.Select(r => r.Body)).With("words", rows.Select(r => r.Words)).With("words_of_titles", rows.Select(r => r.WordsOfTitle))
            .With("versions", rows.Select(r => r.Write.Version.Value)).With("rules", rows.Select(r => r.Write.Version.Rule))
            .With("hashes", rows.Select(r => r.ContentHash)).With("deleted", rows.Select(r => r.Document is null))
            .With("sequences", rows.Select(r => r.Write.Sequence)).With("part_counts", rows.Select(r => r.PartCount));
        _exact.Add((command, rows.Count));
    }

    private void AddVersions(DocumentWrite[] writes)
    {
        if (writes.Length == 0)
            return;
        var command = AddPositions(_batch.Add(VersionsSql), writes)
            .With("tenants", writes.Select(w => w.Key.Tenant)).With("ids", writes.Select(w => w.Key.Id))
            .With("versions", writes.Select(w => w.Version.Value)).With("rules", writes.Select(w => w.Version.Rule));
        _exact.Add((command, writes.Length));
    }

    /// <summary>Where the records came from first: of a replayed one not the log that it was read from.</summary>
    private NpgsqlBatchCommand AddPositions(NpgsqlBatchCommand command, IEnumerable<DocumentWrite> writes)
    {
        var positions = writes.Select(w => w.Record.Position(_partition)).ToArray();
        return command
            .With("logs", positions.Select(p => p.Partition.LogId)).With("topics", positions.Select(p => p.Partition.Topic))
            .With("partitions", positions.Select(p => p.Partition.Partition)).With("offsets", positions.Select(p => p.Offset));
    }

    private void AddDrops(DocumentWrite[] writes)
    {
        if (writes.Length == 0)
            return;
        var keys = writes.Select(w => w.Key).ToArray();
        _batch.AddDrops(_generation, keys);
        _batch.Add(DropPicturesSql).With("tenants", keys.Select(k => k.Tenant)).With("ids", keys.Select(k => k.Id));
        AddPending(SettledSql, _generation, keys);
    }

    /// <summary>
    /// Generations of other models: vectors of what was there before go with it, so that nobody finds a document by what it is not any more; those of what is there now
    /// are for a program with that model to make.
    /// </summary>
    private void AddOthers(DocumentWrite[] changed)
    {
        if (changed.Length == 0)
            return;
        var stored = changed.Where(w => w.Kind == DocumentWriteKind.Replace).Select(w => w.Key).ToArray();
        var deleted = changed.Where(w => w.Kind == DocumentWriteKind.Tombstone).Select(w => w.Key).ToArray();
        foreach (var other in _locked.Others)
        {
            _batch.AddDrops(other, [.. changed.Select(w => w.Key)]);
            AddPending(PendingSql, other, stored);
            AddPending(SettledSql, other, deleted);
        }
    }

    private void AddPending(string sql, int generation, DocumentKey[] keys)
    {
        if (keys.Length > 0)
            _batch.Add(sql).With("generation", generation).With("tenants", keys.Select(k => k.Tenant)).With("ids", keys.Select(k => k.Id));
    }

    private void AddPictures(DocumentWrite[] writes)
    {
        var used = writes.SelectMany(w => _content.PicturesOf(w.Upsert!).Select(p => (w.Key, Hash: Convert.ToHexStringLower(p.Sha256)))).Distinct().ToArray();
        if (used.Length == 0)
            return;
        var needed = used.Select(u => (u.Key.Tenant, u.Hash)).ToHashSet();
        var missing = _content.Pictures.Where(p => needed.Contains((p.Tenant, Convert.ToHexStringLower(p.Picture.Sha256)))
            && !_locked.Pictures.Contains((p.Tenant, Convert.ToHexStringLower(p.Picture.Sha256))));
        foreach (var chunk in Chunks(missing, p => p.Picture.Bytes.Length))
        {
            _batch.Add(BlobsSql)
                .With("tenants", chunk.Select(p => p.Tenant)).With("hashes", chunk.Select(p => p.Picture.Sha256))
                .With("types", chunk.Select(p => p.Picture.MediaType)).With("bytes", chunk.Select(p => p.Picture.Bytes));
        }
        _batch.Add(PictureReferencesSql)
            .With("tenants", used.Select(u => u.Key.Tenant)).With("ids", used.Select(u => u.Key.Id))
            .With("hashes", used.Select(u => Convert.FromHexString(u.Hash)));
    }

    private void AddEvents(DocumentWrite[] rows, IReadOnlyList<DeadLetter> letters)
    {
        if (rows.Length + letters.Count == 0)
            return;
        var events = rows.Select(OutboxEvent.Of).Concat(letters.Select(l => OutboxEvent.Of(l, _partition))).ToArray();
        _batch.Add(EventsSql)
            .With("types", events.Select(e => e.Type)).With("tenants", events.Select(e => e.Tenant)).With("ids", events.Select(e => e.DocumentId))
            .With("sequences", events.Select(e => e.Sequence)).WithJson("data", events.Select(e => e.Data));
    }

    private void AddDeadLetter(DeadLetter letter)
    {
        var (partition, offset) = letter.Position(_partition);
        var original = letter.Original;
        _batch.Add(InboxLog.IsLog(partition) ? DeadPushSql : DeadLetterSql)
            .With("tenant", SafeText.CleanOrNull(letter.Tenant)).With("id", SafeText.CleanOrNull(letter.DocumentId))
            .With("group", partition.GroupId).With("log", partition.LogId).With("topic", partition.Topic).With("partition", partition.Partition)
            .With("offset", offset).With("stage", letter.Stage).With("reason", SafeText.Clean(letter.Reason))
            .With("field", SafeText.CleanOrNull(letter.Field)).With("error", SafeText.Clean(letter.ErrorChain))
            .With("key", letter.Key).With("payload", letter.Payload)
            .With("header_names", letter.Headers.Select(h => SafeText.Clean(h.Key))).With("header_values", letter.Headers.Select(h => h.Value))
            .With("version", original?.Version?.Value).With("rule", original?.Version?.Rule).With("collection", original?.Collection)
            .With("is_tombstone", letter.IsTombstone).With("is_whole", original?.IsWhole ?? true).With("replays", original?.Replays ?? 0);
    }

    private static IEnumerable<IReadOnlyList<T>> Chunks<T>(IEnumerable<T> items, Func<T, long> size)
    {
        var chunk = new List<T>();
        var bytes = 0L;
        foreach (var item in items)
        {
            if (chunk.Count > 0 && bytes + size(item) > ChunkBytes)
            {
                yield return chunk;
                chunk = [];
                bytes = 0;
            }
            chunk.Add(item);
            bytes += size(item);
        }
        if (chunk.Count > 0)
            yield return chunk;
    }
}
