using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Unit.Storage;

/// <summary>Any history, cut anywhere into ranges, against a model that takes one record at a time and knows nothing of ranges.</summary>
public sealed class RangeResolverTests
{
    private const int Documents = 3;
    private const string Rule = "kafka:l/t";

    private static readonly LogPartition Log = new("g", "l", "t", 7);

    private sealed record Step(int Document, int Version, int Content, bool EndsRange);

    /// <summary>Content 0 is a delete.</summary>
    private static Arbitrary<Step[]> Histories() => Arb.From(
        Gen.ArrayOf(
            from document in Gen.Choose(0, Documents - 1)
            from version in Gen.Choose(0, 4)
            from content in Gen.Choose(0, 3)
            from ends in Gen.Elements(true, false, false)
            select new Step(document, version, content, ends)));

    [Fact]
    public void Ranges_of_any_cut_end_like_records_taken_one_by_one()
    {
        Prop.ForAll(Histories(), history =>
        {
            var (expected, expectedSummary) = Model(history);
            var (actual, summary) = Run(history);
            return Equal(expected, actual) && expectedSummary == summary;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_conflict_in_a_range_is_found_though_only_the_last_record_is_written()
    {
        Step[] history = [new(0, 1, 1, false), new(0, 2, 2, false), new(0, 2, 3, false), new(0, 3, 1, true)];
        var (state, summary) = Run(history);
        Assert.Equal(new WriteSummary(3, 0, 0, 0, 1), summary);
        Assert.Equal((3L, (byte)1), state[0]);
    }

    [Fact]
    public void Writes_come_in_the_order_of_their_keys_as_bytes()
    {
        // U+FFFD sorts before the surrogates of U+1F600 as bytes, and after them as UTF-16.
        string[] ids = ["\U0001F600", "\uFFFD", "b", "a", "é"];
        var plan = Resolve([.. ids.Select((id, i) => Upsert(i, id, 1, 1))], new Dictionary<DocumentKey, StoredState>(), new Dictionary<CollectionKey, string>());
        Assert.Equal(["a", "b", "é", "\uFFFD", "\U0001F600"], plan.Writes.Select(w => w.Key.Id));
    }

    [Fact]
    public void Vectors_are_written_for_stored_content_that_this_index_lacks()
    {
        var stored = new Dictionary<DocumentKey, StoredState>
        {
            [new("t", "x")] = new(DocumentVersion.Explicit(1), new byte[] { 1 }, Deleted: false, Sequence: 4, HasVectors: false),
        };
        var rules = new Dictionary<CollectionKey, string> { [new("t", "c")] = DocumentVersion.ExplicitRule };

        var same = Assert.Single(Resolve([Upsert(0, "x", 1, 1)], stored, rules).Writes);
        Assert.Equal((DocumentWriteKind.VectorsOnly, 4L), (same.Kind, same.Sequence));
        Assert.Equal([0L], Resolve([Upsert(0, "x", 2, 1, encoded: false)], stored, rules).MissingEmbeddings);
        // A newer version of it is no change either.
        var newer = Resolve([Upsert(0, "x", 2, 1)], stored, rules);
        Assert.Equal((DocumentWriteKind.VectorsAndVersion, 2L, 4L), (newer.Writes[0].Kind, newer.Writes[0].Version.Value, newer.Writes[0].Sequence));
        Assert.Equal(new WriteSummary(0, Unchanged: 1, 0, 0, 0), newer.Summary);
        // Several in one range: the others need no vectors of their own, the first one's serve.
        foreach (var first in (long[])[1, 2])
        {
            var all = Resolve([Upsert(0, "x", first, 1), Upsert(1, "x", 3, 1, encoded: false), Upsert(2, "x", 4, 1, encoded: false)], stored, rules);
            var write = Assert.Single(all.Writes);
            Assert.Equal((DocumentWriteKind.VectorsAndVersion, 4L, 4L, 2L), (write.Kind, write.Version.Value, write.Sequence, write.Record.Offset));
            Assert.NotNull(write.Upsert!.Embedding);
            Assert.Equal(new WriteSummary(0, Unchanged: 3, 0, 0, 0), all.Summary);
        }
    }

    [Fact]
    public void Only_a_document_that_was_taken_decides_its_collections_rule()
    {
        var stored = new Dictionary<DocumentKey, StoredState>
        {
            [new("t", "x")] = new(DocumentVersion.Explicit(5), new byte[] { 1 }, Deleted: false, Sequence: 1, HasVectors: true),
        };
        var stale = Upsert(0, "x", 4, 2, collection: "new");
        var other = Upsert(1, "y", 9, 2, collection: "new", rule: "local");

        var plan = Resolve([stale, other], stored, new Dictionary<CollectionKey, string>());

        Assert.Equal([new CollectionRule(new("t", "new"), "local")], plan.NewCollections);
        Assert.Empty(plan.DeadLetters);
    }

    [Fact]
    public void Offsets_of_different_partitions_are_not_compared_and_a_replay_counts_from_where_it_came()
    {
        var stored = new Dictionary<DocumentKey, StoredState>
        {
            [new("t", "x")] = new(new DocumentVersion(100, Rule), new byte[] { 1 }, Deleted: false, Sequence: 1, HasVectors: true, Partition: 2),
        };
        var rules = new Dictionary<CollectionKey, string> { [new("t", "c")] = Rule };

        foreach (var offset in (long[])[3, 100, 101])
        {
            var letter = Assert.Single(Resolve([Upsert(offset, "x", offset, 2, rule: Rule)], stored, rules).DeadLetters);
            Assert.Equal(("version-rule", "version"), (letter.Reason, letter.Field));
            Assert.Contains($"from partition 2, and this one came with offset {offset} from partition 7", letter.ErrorChain, StringComparison.Ordinal);
        }

        Assert.Equal(new WriteSummary(0, Unchanged: 1, 0, 0, 0), Resolve([Upsert(3, "x", 3, 1, rule: Rule)], stored, rules).Summary);
        var replayed = Upsert(0, "x", 101, 2, rule: Rule) with { Original = new OriginalRecord(Log with { Partition = 2 }, 101, null, default, default(ReadOnlyMemory<byte>?), []) };
        Assert.Equal(new WriteSummary(Upserted: 1, 0, 0, 0, 0), Resolve([replayed], stored, rules).Summary);
        // Within a range as between two.
        var both = Resolve([Upsert(0, "y", 0, 1, rule: Rule), Upsert(1, "y", 101, 2, rule: Rule) with { Original = replayed.Original }], stored, rules);
        Assert.Equal(new WriteSummary(Upserted: 1, 0, 0, 0, DeadLettered: 1), both.Summary);
    }

    [Fact]
    public void A_delete_from_another_partition_is_refused_unless_the_document_is_gone()
    {
        var version = new DocumentVersion(100, Rule);
        var stored = new Dictionary<DocumentKey, StoredState>
        {
            [new("t", "x")] = new(version, new byte[] { 1 }, Deleted: false, Sequence: 1, HasVectors: true, Partition: 2),
            [new("t", "gone")] = new(version, ReadOnlyMemory<byte>.Empty, Deleted: true, Sequence: 2, HasVectors: false, Partition: 2),
            [new("t", "erased")] = new(version, ReadOnlyMemory<byte>.Empty, Deleted: true, Sequence: 2, HasVectors: false, IsErased: true),
        };
        DocumentDelete Delete(long offset, string id) => new(offset, "t", id, new DocumentVersion(offset, Rule));

        var plan = Resolve([Delete(3, "x"), Delete(4, "gone"), Upsert(5, "erased", 5, 1, rule: Rule)], stored, new Dictionary<CollectionKey, string>());

        Assert.Equal(("version-rule", "x"), (Assert.Single(plan.DeadLetters).Reason, plan.DeadLetters[0].DocumentId));
        // Nothing of an erased document may be kept as a dead letter.
        Assert.Equal(new WriteSummary(0, Unchanged: 1, Stale: 1, 0, DeadLettered: 1), plan.Summary);
    }

    [Fact]
    public void A_log_that_follows_another_is_newer_whatever_its_offsets()
    {
        var stored = new Dictionary<DocumentKey, StoredState>
        {
            [new("t", "x")] = new(new DocumentVersion(100, "kafka:before/t"), new byte[] { 1 }, Deleted: false, Sequence: 4, HasVectors: true, Partition: 2),
        };
        var rules = new Dictionary<CollectionKey, string> { [new("t", "c")] = "kafka:before/t" };
        var succession = new RuleSuccession();
        succession.Add(Rule, "kafka:before/t");

        var plan = RangeResolver.Resolve(Log, [Upsert(0, "x", 0, 2, rule: Rule), Upsert(1, "x", 200, 3, rule: "kafka:before/t")], stored, rules, succession);

        Assert.Equal(new WriteSummary(Upserted: 1, 0, Stale: 1, 0, 0), plan.Summary);
        Assert.Equal((new DocumentVersion(0, Rule), 5L), (plan.Writes[0].Version, plan.Writes[0].Sequence));
        // What is there already gets its place in the new log, and does not change.
        var same = RangeResolver.Resolve(Log, [Upsert(0, "x", 0, 1, rule: Rule)], stored, rules, succession);
        Assert.Equal((DocumentWriteKind.VersionOnly, new DocumentVersion(0, Rule)), (same.Writes[0].Kind, same.Writes[0].Version));
        var refused = Resolve(
            [Upsert(0, "x", 0, 2, rule: Rule), Upsert(1, "new", 1, 2, rule: Rule), new DocumentDelete(2, "t", "x", new DocumentVersion(2, Rule))], stored, rules).DeadLetters;
        Assert.Equal(3, refused.Count);
        Assert.All(refused, static l => Assert.EndsWith("If the topic was made anew, run: uvlm offsets adopt --group g --topic t --log-id l, and replay what was refused.", l.ErrorChain, StringComparison.Ordinal));
        // Nobody is told to go back to the log of a replay.
        var late = Assert.Single(Resolve([Upsert(0, "x", 0, 2, rule: "kafka:long-ago/t")], stored, rules).DeadLetters);
        Assert.DoesNotContain("adopt", late.ErrorChain, StringComparison.Ordinal);
    }

    private static RangePlan Resolve(
        IReadOnlyList<RecordOutcome> outcomes, IReadOnlyDictionary<DocumentKey, StoredState> stored, IReadOnlyDictionary<CollectionKey, string> rules)
        => RangeResolver.Resolve(Log, outcomes, stored, rules, new RuleSuccession());

    private static (Dictionary<int, (long Version, byte Content)> State, WriteSummary Summary) Model(Step[] history)
    {
        var state = new Dictionary<int, (long Version, byte Content)>();
        var (upserted, unchanged, stale, deleted, dead) = (0, 0, 0, 0, 0);
        foreach (var step in history)
        {
            var known = state.TryGetValue(step.Document, out var stored);
            var content = (byte)step.Content;
            if (known && step.Version < stored.Version)
            {
                stale++;
            }
            else if (known && step.Version == stored.Version)
            {
                if (content == stored.Content)
                    unchanged++;
                else
                    dead++;
            }
            else
            {
                if (content == 0)
                    deleted++;
                else if (known && content == stored.Content)
                    unchanged++;
                else
                    upserted++;
                state[step.Document] = (step.Version, content);
            }
        }
        return (state, new WriteSummary(upserted, unchanged, stale, deleted, dead));
    }

    /// <summary>Plays the database: keeps what each plan writes and hands it to the next range.</summary>
    private static (Dictionary<int, (long Version, byte Content)> State, WriteSummary Summary) Run(Step[] history)
    {
        var stored = new Dictionary<DocumentKey, StoredState>();
        var rules = new Dictionary<CollectionKey, string>();
        var sum = default(WriteSummary);
        var range = new List<RecordOutcome>();
        for (var i = 0; i < history.Length; i++)
        {
            var (id, step) = ($"{history[i].Document}", history[i]);
            range.Add(step.Content == 0 ? new DocumentDelete(i, "t", id, DocumentVersion.Explicit(step.Version)) : Upsert(i, id, step.Version, (byte)step.Content));
            if (!step.EndsRange && i < history.Length - 1)
                continue;
            var plan = Resolve(range, stored, rules);
            range.Clear();
            Assert.Empty(plan.MissingEmbeddings);
            foreach (var rule in plan.NewCollections)
                rules.Add(rule.Key, rule.Rule);
            foreach (var write in plan.Writes)
            {
                var before = stored.GetValueOrDefault(write.Key);
                Assert.True(write.Kind == DocumentWriteKind.VersionOnly || write.Sequence == before.Sequence + 1);
                var hash = write.Kind == DocumentWriteKind.Tombstone ? ReadOnlyMemory<byte>.Empty : write.Upsert!.ContentHash;
                stored[write.Key] = new StoredState(write.Version, hash, write.Kind == DocumentWriteKind.Tombstone, write.Sequence, HasVectors: true);
            }
            var s = plan.Summary;
            sum = new WriteSummary(
                sum.Upserted + s.Upserted, sum.Unchanged + s.Unchanged, sum.Stale + s.Stale, sum.Deleted + s.Deleted, sum.DeadLettered + s.DeadLettered);
        }
        var state = stored.ToDictionary(
            s => int.Parse(s.Key.Id, System.Globalization.CultureInfo.InvariantCulture), s => (s.Value.Version.Value, s.Value.Deleted ? (byte)0 : s.Value.ContentHash.Span[0]));
        return (state, sum);
    }

    private static bool Equal(Dictionary<int, (long, byte)> a, Dictionary<int, (long, byte)> b) => a.Count == b.Count && a.All(e => b.TryGetValue(e.Key, out var v) && v == e.Value);

    private static DocumentUpsert Upsert(
        long offset, string id, long version, byte content, bool encoded = true, string collection = "c", string rule = DocumentVersion.ExplicitRule) => new(
        offset, new InterleavedDocument { Tenant = "t", Id = id, Collection = collection, Parts = [new TextPart("text")] }, new DocumentVersion(version, rule),
        new[] { content }, encoded ? new SequenceEmbedding(1, [], ReadOnlyMemory<float>.Empty, new float[] { 1 }) : null, []);
}
