using System.Text;
using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>
/// Decides what a range of records does to the documents, given what is stored under lock. Records are taken strictly in offset order, so a
/// document that occurs several times ends as if each record had been written alone.
/// </summary>
internal sealed class RangeResolver
{
    public const string Stage = "store";
    public const string ConflictReason = "conflict";
    public const string VersionRuleReason = "version-rule";

    private readonly Dictionary<DocumentKey, Entry> _documents = [];
    private readonly Dictionary<CollectionKey, string> _rules;
    private readonly RuleSuccession _succession;
    private readonly LogPartition _partition;
    private readonly List<CollectionRule> _newCollections = [];
    private readonly List<DeadLetter> _deadLetters = [];
    private readonly List<ResolvedRecord> _records = [];
    private readonly List<long> _missing = [];
    private int _upserted;
    private int _unchanged;
    private int _stale;
    private int _deleted;

    private RangeResolver(
        LogPartition partition, IReadOnlyDictionary<DocumentKey, StoredState> stored, IReadOnlyDictionary<CollectionKey, string> rules, RuleSuccession succession)
    {
        (_partition, _succession) = (partition, succession);
        foreach (var (key, state) in stored)
            _documents[key] = new Entry { State = state, Sequence = state.Sequence };
        _rules = new Dictionary<CollectionKey, string>(rules);
    }

    /// <param name="partition">That the range was read from.</param>
    /// <param name="stored">Documents of the range that have a row; absent: there is none.</param>
    /// <param name="rules">Version rules of the range's collections that exist.</param>
    public static RangePlan Resolve(
        LogPartition partition, IReadOnlyList<RecordOutcome> outcomes, IReadOnlyDictionary<DocumentKey, StoredState> stored,
        IReadOnlyDictionary<CollectionKey, string> rules, RuleSuccession succession)
    {
        var resolver = new RangeResolver(partition, stored, rules, succession);
        foreach (var outcome in outcomes)
        {
            switch (outcome)
            {
                case DocumentUpsert upsert:
                    resolver.Take(upsert);
                    break;
                case DocumentDelete delete:
                    resolver.Take(delete);
                    break;
                case DeadLetter letter:
                    resolver._deadLetters.Add(letter);
                    break;
                default:
                    throw new ArgumentException($"Unknown outcome {outcome.GetType().Name} at offset {outcome.Offset}.", nameof(outcomes));
            }
        }
        return resolver.Finish();
    }

    private void Take(DocumentUpsert upsert)
    {
        var collection = new CollectionKey(upsert.Document.Tenant, upsert.Document.Collection);
        if (_rules.TryGetValue(collection, out var rule) && !_succession.AreComparable(rule, upsert.Version.Rule))
        {
            Reject(upsert, VersionRuleReason, "collection", $"'{collection.Name}' takes its versions by the rule '{rule}', and this document came with version {upsert.Version.Value} by "
                + $"'{upsert.Version.Rule}'. Versions of different rules can't be compared: send all documents of a collection with 'version', or all "
                + $"without it from the same source, or use another collection.{Adoption(upsert.Version, rule)}");
            return;
        }
        var key = new DocumentKey(upsert.Document.Tenant, upsert.Document.Id);
        if (!_documents.TryGetValue(key, out var entry))
            _documents[key] = entry = new Entry();
        var accepted = entry.State is { } state ? TakeAfter(entry, state, upsert) : Replace(entry, upsert);
        // Only a document that was taken decides its collection's rule.
        if (accepted && _rules.TryAdd(collection, upsert.Version.Rule))
            _newCollections.Add(new CollectionRule(collection, upsert.Version.Rule));
    }

    /// <returns>Its content is now the document's.</returns>
    private bool TakeAfter(Entry entry, StoredState state, DocumentUpsert upsert)
    {
        var isStored = state.HasContent(upsert.ContentHash);
        switch (OrderOf(upsert, upsert.Version, state))
        {
            case VersionOrder.OtherRule:
                Reject(upsert, VersionRuleReason, "version", $"{Stored(state)}, and this one came with version {upsert.Version.Value} by '{upsert.Version.Rule}'. "
                    + $"Versions of different rules can't be compared: send it with a version of the same rule, or under another id.{Adoption(upsert.Version, state.Version.Rule)}");
                return false;
            // Where it is stored already, nothing is lost by not knowing which one is newer.
            case VersionOrder.OtherPartition when !isStored:
                Reject(upsert, VersionRuleReason, "version", $"{Stored(state)} from partition {state.Partition}, and this one came with offset {upsert.Version.Value} from partition {PartitionOf(upsert)}. "
                    + "Offsets of different partitions can't be compared: send all records of a document to one partition (its id is their key, and the topic keeps its number of partitions), "
                    + "or documents with 'version' into another collection, under other ids.");
                return false;
            case VersionOrder.Older:
            case VersionOrder.Same when state.IsErased:
                Settle(upsert, RecordResult.Stale, state.Version, ref _stale);
                return false;
            case VersionOrder.Newer when isStored:
                RaiseVersion(entry, state, upsert);
                return false;
            case VersionOrder.Newer:
                return Replace(entry, upsert);
            case VersionOrder.Same when !isStored:
                var what = state.Deleted ? "was deleted" : "is stored with other content";
                Reject(upsert, ConflictReason, "version", $"the document {what} under the same version {upsert.Version.Value}. Send the change with a higher version.");
                return false;
            default:
                Settle(upsert, RecordResult.Unchanged, state.Version, ref _unchanged);
                if (!state.HasVectors && upsert.Embedding is not null)
                    Write(entry, state with { HasVectors = true }, DocumentWriteKind.VectorsOnly, upsert);
                return false;
        }
    }

    private void Take(DocumentDelete delete)
    {
        var key = new DocumentKey(delete.Tenant, delete.Id);
        if (!_documents.TryGetValue(key, out var entry))
            _documents[key] = entry = new Entry();
        var state = entry.State.GetValueOrDefault();
        switch (entry.State is null ? VersionOrder.Newer : OrderOf(delete, delete.Version, state))
        {
            case VersionOrder.OtherRule:
                Reject(delete, VersionRuleReason, "version", $"{Stored(state)}, and the delete came with version {delete.Version.Value} by '{delete.Version.Rule}'. "
                    + $"Send the delete with a version of the same rule.{Adoption(delete.Version, state.Version.Rule)}");
                return;
            case VersionOrder.OtherPartition when !state.Deleted:
                Reject(delete, VersionRuleReason, "version", $"{Stored(state)} from partition {state.Partition}, and the delete came with offset {delete.Version.Value} from partition {PartitionOf(delete)}. "
                    + "Offsets of different partitions can't be compared: send the delete to the document's partition, or erase the document (uvlm erase).");
                return;
            case VersionOrder.Older:
                Settle(delete, RecordResult.Stale, state.Version, ref _stale);
                return;
            case VersionOrder.Same when !state.Deleted:
                Reject(delete, ConflictReason, "version", $"the document is stored under the same version {delete.Version.Value}. Send the delete with a higher version.");
                return;
            case VersionOrder.Same or VersionOrder.OtherPartition:
                Settle(delete, RecordResult.Unchanged, state.Version, ref _unchanged);
                return;
        }
        Settle(delete, RecordResult.Deleted, delete.Version, ref _deleted);
        entry.State = new StoredState(delete.Version, ReadOnlyMemory<byte>.Empty, Deleted: true, entry.Sequence, HasVectors: false, Partition: PartitionOf(delete));
        entry.Write = new DocumentWrite(DocumentWriteKind.Tombstone, key, delete, delete.Version, entry.Sequence + 1, null);
    }

    private VersionOrder OrderOf(RecordOutcome record, DocumentVersion version, StoredState state)
    {
        var (rule, storedRule) = (version.Rule, state.Version.Rule);
        if (rule != storedRule)
            return _succession.Follows(rule, storedRule) ? VersionOrder.Newer : _succession.Follows(storedRule, rule) ? VersionOrder.Older : VersionOrder.OtherRule;
        // Of what was erased nothing more than the version is known, and no record of it may be kept as a dead letter.
        if (version.IsOffset && !state.IsErased && PartitionOf(record) != state.Partition)
            return VersionOrder.OtherPartition;
        return version.Value < state.Version.Value ? VersionOrder.Older : version.Value > state.Version.Value ? VersionOrder.Newer : VersionOrder.Same;
    }

    private int PartitionOf(RecordOutcome record) => record.Position(_partition).Partition.Partition;

    private bool Replace(Entry entry, DocumentUpsert upsert)
    {
        if (upsert.Embedding is null)
        {
            _missing.Add(upsert.Offset);
            return false;
        }
        Settle(upsert, RecordResult.Indexed, upsert.Version, ref _upserted);
        var state = new StoredState(upsert.Version, upsert.ContentHash, Deleted: false, entry.Sequence, HasVectors: true, Partition: PartitionOf(upsert));
        Write(entry, state, DocumentWriteKind.Replace, upsert);
        return true;
    }

    /// <summary>Whatever this index lacks of it, the document does not change: no event, and nothing that other indexes have of it goes.</summary>
    private void RaiseVersion(Entry entry, StoredState state, DocumentUpsert upsert)
    {
        if (!state.HasVectors && upsert.Embedding is null)
        {
            // Neither the index nor the record has them.
            _missing.Add(upsert.Offset);
            return;
        }
        Settle(upsert, RecordResult.Unchanged, upsert.Version, ref _unchanged);
        var (kind, content) = entry.Write switch
        {
            { Kind: DocumentWriteKind.Replace, Upsert: { } replaced } => (DocumentWriteKind.Replace, replaced),
            { Kind: DocumentWriteKind.VectorsOnly or DocumentWriteKind.VectorsAndVersion, Upsert: { } encoded } => (DocumentWriteKind.VectorsAndVersion, encoded),
            _ => (state.HasVectors ? DocumentWriteKind.VersionOnly : DocumentWriteKind.VectorsAndVersion, upsert),
        };
        Write(entry, state with { Version = upsert.Version, HasVectors = true, Partition = PartitionOf(upsert) }, kind, content, upsert);
    }

    private void Settle(RecordOutcome outcome, RecordResult result, DocumentVersion stored, ref int count)
    {
        count++;
        _records.Add(new ResolvedRecord(outcome.Offset, result, stored.Value));
    }

    private static void Write(Entry entry, StoredState state, DocumentWriteKind kind, DocumentUpsert content, DocumentUpsert? record = null)
    {
        entry.State = state;
        // A document changes once a transaction, however many records led there: nobody sees the steps between.
        var sequence = entry.Sequence + (kind == DocumentWriteKind.Replace ? 1 : 0);
        entry.Write = new DocumentWrite(
            kind, new DocumentKey(content.Document.Tenant, content.Document.Id), record ?? content, state.Version, sequence, content);
    }

    /// <summary>The way out where what is stored came from another log of the topic that is read: adopted by a program of before, or by none.</summary>
    private string Adoption(DocumentVersion version, string stored)
        => version.Rule == DocumentVersion.OffsetRule(_partition.LogId, _partition.Topic) && stored.EndsWith($"/{_partition.Topic}", StringComparison.Ordinal)
            ? $" If the topic was made anew, run: uvlm offsets adopt --group {_partition.GroupId} --topic {_partition.Topic} --log-id {_partition.LogId}, and replay what was refused."
            : "";

    private static string Stored(StoredState state) => $"the document {(state.Deleted ? "was deleted" : "is stored")} in version {state.Version.Value} by the rule '{state.Version.Rule}'";

    /// <param name="problem">After the field's name and a colon, as everywhere else.</param>
    private void Reject(RecordOutcome record, string reason, string field, string problem) => _deadLetters.Add(ToDeadLetter(record, reason, field, $"{field}: {problem}"));

    /// <summary>A record that only the store found to be bad. Where its bytes are not there, the decoded document takes their place.</summary>
    public static DeadLetter ToDeadLetter(RecordOutcome outcome, string reason, string? field, string explanation) => outcome switch
    {
        DocumentUpsert u => new DeadLetter(
            u.Offset, Stage, reason, field, explanation, u.Document.Tenant, u.Document.Id,
            u.Original?.Key ?? Encoding.UTF8.GetBytes(u.Document.Id), u.Original?.Value ?? DocumentPayload.Write(u), u.Original?.Headers ?? [])
        {
            Original = u.Original,
        },
        DocumentDelete d => new DeadLetter(
            d.Offset, Stage, reason, field, explanation, d.Tenant, d.Id,
            d.Original?.Key ?? Encoding.UTF8.GetBytes(d.Id), d.Original?.Value ?? ReadOnlyMemory<byte>.Empty, d.Original?.Headers ?? [])
        {
            Original = d.Original,
            IsTombstone = d.Original is { Value: null },
        },
        DeadLetter letter => letter,
        _ => throw new ArgumentException($"Unknown outcome {outcome.GetType().Name}.", nameof(outcome)),
    };

    private RangePlan Finish()
    {
        var writes = _documents.Values.Where(e => e.Write is not null).Select(e => e.Write!).ToList();
        writes.Sort(static (a, b) => a.Key.CompareTo(b.Key));
        _newCollections.Sort(static (a, b) => new DocumentKey(a.Key.Tenant, a.Key.Name).CompareTo(new DocumentKey(b.Key.Tenant, b.Key.Name)));
        _deadLetters.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        return new RangePlan(
            writes, _deadLetters, _records, _newCollections, _missing, new WriteSummary(_upserted, _unchanged, _stale, _deleted, _deadLetters.Count));
    }

    private sealed class Entry
    {
        /// <summary>As the records so far leave it; null: no such document.</summary>
        public StoredState? State { get; set; }

        public DocumentWrite? Write { get; set; }

        /// <summary>Stored before the range.</summary>
        public long Sequence { get; init; }
    }
}
