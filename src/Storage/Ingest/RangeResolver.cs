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
    private readonly List<CollectionRule> _newCollections = [];
    private readonly List<DeadLetter> _deadLetters = [];
    private readonly List<ResolvedRecord> _records = [];
    private readonly List<long> _missing = [];
    private int _upserted;
    private int _unchanged;
    private int _stale;
    private int _deleted;

    private RangeResolver(IReadOnlyDictionary<DocumentKey, StoredState> stored, IReadOnlyDictionary<CollectionKey, string> rules)
    {
        foreach (var (key, state) in stored)
            _documents[key] = new Entry { State = state, Sequence = state.Sequence };
        _rules = new Dictionary<CollectionKey, string>(rules);
    }

    /// <param name="stored">Documents of the range that have a row; absent: there is none.</param>
    /// <param name="rules">Version rules of the range's collections that exist.</param>
    public static RangePlan Resolve(
        IReadOnlyList<RecordOutcome> outcomes, IReadOnlyDictionary<DocumentKey, StoredState> stored, IReadOnlyDictionary<CollectionKey, string> rules)
    {
        var resolver = new RangeResolver(stored, rules);
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
        if (_rules.TryGetValue(collection, out var rule) && rule != upsert.Version.Rule)
        {
            Reject(upsert, VersionRuleReason, "collection", $"'{collection.Name}' takes its versions by the rule '{rule}', and this document came with version {upsert.Version.Value} by "
                + $"'{upsert.Version.Rule}'. Versions of different rules can't be compared: send all documents of a collection with 'version', or all "
                + "without it from the same source, or use another collection.");
            return;
        }
        var key = new DocumentKey(upsert.Document.Tenant, upsert.Document.Id);
        if (!_documents.TryGetValue(key, out var entry))
            _documents[key] = entry = new Entry();
        var accepted = false;
        if (entry.State is not { } state)
        {
            accepted = Replace(entry, upsert);
        }
        else if (state.Version.Rule != upsert.Version.Rule)
        {
            Reject(upsert, VersionRuleReason, "version", $"{Stored(state)}, and this one came with version {upsert.Version.Value} by '{upsert.Version.Rule}'. "
                + "Versions of different rules can't be compared: send it with a version of the same rule, or under another id.");
        }
        else if (upsert.Version.Value < state.Version.Value || (state.IsErased && upsert.Version.Value == state.Version.Value))
        {
            Settle(upsert, RecordResult.Stale, state.Version, ref _stale);
        }
        else if (upsert.Version.Value > state.Version.Value)
        {
            if (state.HasContent(upsert.ContentHash))
                RaiseVersion(entry, state, upsert);
            else
                accepted = Replace(entry, upsert);
        }
        else if (!state.HasContent(upsert.ContentHash))
        {
            var what = state.Deleted ? "was deleted" : "is stored with other content";
            Reject(upsert, ConflictReason, "version", $"the document {what} under the same version {upsert.Version.Value}. Send the change with a higher version.");
        }
        else
        {
            Settle(upsert, RecordResult.Unchanged, state.Version, ref _unchanged);
            if (!state.HasVectors && upsert.Embedding is not null)
                Write(entry, state with { HasVectors = true }, DocumentWriteKind.VectorsOnly, upsert);
        }
        // Only a document that was taken decides its collection's rule.
        if (accepted && _rules.TryAdd(collection, upsert.Version.Rule))
            _newCollections.Add(new CollectionRule(collection, upsert.Version.Rule));
    }

    private void Take(DocumentDelete delete)
    {
        var key = new DocumentKey(delete.Tenant, delete.Id);
        if (!_documents.TryGetValue(key, out var entry))
            _documents[key] = entry = new Entry();
        if (entry.State is { } state)
        {
            if (state.Version.Rule != delete.Version.Rule)
            {
                Reject(delete, VersionRuleReason, "version", $"{Stored(state)}, and the delete came with version {delete.Version.Value} by '{delete.Version.Rule}'. "
                    + "Send the delete with a version of the same rule.");
                return;
            }
            if (delete.Version.Value < state.Version.Value)
            {
                Settle(delete, RecordResult.Stale, state.Version, ref _stale);
                return;
            }
            if (delete.Version.Value == state.Version.Value)
            {
                if (state.Deleted)
                    Settle(delete, RecordResult.Unchanged, state.Version, ref _unchanged);
                else
                    Reject(delete, ConflictReason, "version", $"the document is stored under the same version {delete.Version.Value}. Send the delete with a higher version.");
                return;
            }
        }
        Settle(delete, RecordResult.Deleted, delete.Version, ref _deleted);
        entry.State = new StoredState(delete.Version, ReadOnlyMemory<byte>.Empty, Deleted: true, entry.Sequence, HasVectors: false);
        entry.Write = new DocumentWrite(DocumentWriteKind.Tombstone, key, delete, delete.Version, entry.Sequence + 1, null);
    }

    private bool Replace(Entry entry, DocumentUpsert upsert)
    {
        if (upsert.Embedding is null)
        {
            _missing.Add(upsert.Offset);
            return false;
        }
        Settle(upsert, RecordResult.Indexed, upsert.Version, ref _upserted);
        var state = new StoredState(upsert.Version, upsert.ContentHash, Deleted: false, entry.Sequence, HasVectors: true);
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
        Write(entry, state with { Version = upsert.Version, HasVectors = true }, kind, content, upsert);
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
