using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Workload;

/// <summary>
/// Makes the next record (a new document, an update, a delete, an exact repetition, a late old version, or poison) and knows what the store has
/// to hold in the end. Not thread-safe.
/// </summary>
/// <param name="poison">0 to 1: the share of records that have to become dead letters.</param>
internal sealed class History(int partitions, double poison)
{
    private readonly List<SentDocument> documents = [];
    private readonly List<ExpectedLetter> letters = [];
    private readonly long[] ends = new long[partitions];
    private readonly long[] bytes = new long[partitions];

    public int Partitions => partitions;

    public long Records { get; private set; }

    public int Letters => letters.Count;

    public int Documents => documents.Count;

    public int Living => documents.Count(static d => !d.State.Deleted);

    /// <summary>The offset after the last record that was sent, by partition.</summary>
    public long[] Ends => [.. ends];

    /// <summary>Keys and values that were sent, by partition.</summary>
    public long[] Bytes => [.. bytes];

    public GeneratedRecord Next(Random random)
    {
        if (random.NextDouble() < poison)
            return NextPoison(random);
        var action = documents.Count < 10 ? 0 : random.Next(100);
        if (action < 30)
            return New(random);
        var document = documents[random.Next(documents.Count)];
        var newest = document.State.Version;
        return action switch
        {
            < 65 => Add(document, DocumentRecord.Upsert(document.Id, newest + 1 + random.Next(10), random)),
            < 80 => Add(document, DocumentRecord.Delete(document.Id, newest + 1 + random.Next(10))),
            < 90 => new GeneratedRecord(document.Partition, document.Newest!, null),
            // Late: whatever it says, something newer was sent before.
            < 96 => Add(document, DocumentRecord.Upsert(document.Id, random.NextInt64(1, newest), random)),
            _ => Add(document, DocumentRecord.Delete(document.Id, random.NextInt64(1, newest))),
        };
    }

    /// <summary>The broker has it.</summary>
    public void Sent(GeneratedRecord record, long offset)
    {
        Records++;
        bytes[record.Partition] += (record.Record.Key?.Length ?? 0) + (record.Record.Value?.Length ?? 0);
        ends[record.Partition] = Math.Max(ends[record.Partition], offset + 1);
        if (record.Poison is { } field)
            letters.Add(new ExpectedLetter(record.Partition, offset, field));
    }

    /// <summary>A view, not a copy: nothing may be sent while it is in use.</summary>
    public Expectation Expect(string group, string topic) => new(
        group,
        topic,
        documents.ToDictionary(static d => d.Id, static d => d.State),
        documents.ToDictionary(static d => d.Id, static d => d.Versions),
        letters,
        ends);

    private GeneratedRecord New(Random random)
    {
        var document = new SentDocument($"d-{documents.Count}", documents.Count % partitions);
        documents.Add(document);
        return Add(document, DocumentRecord.Upsert(document.Id, 10, random));
    }

    private GeneratedRecord NextPoison(Random random)
    {
        // A good document under a version that is stored with other content, and a delete under the version of what it deletes.
        if (documents.Count > 0 && random.Next(6) == 0 && documents[random.Next(documents.Count)] is { State.Deleted: false } document)
        {
            var (_, conflict) = random.Next(2) == 0
                ? DocumentRecord.Upsert(document.Id, document.State.Version, random)
                : DocumentRecord.Delete(document.Id, document.State.Version);
            if (conflict.Value is null || !conflict.Value.AsSpan().SequenceEqual(document.Newest!.Value))
                return new GeneratedRecord(document.Partition, conflict, "version");
        }

        var (field, record) = Poison.Pick(random);
        return new GeneratedRecord(random.Next(partitions), record, field);
    }

    private static GeneratedRecord Add(SentDocument document, (ExpectedDocument State, KafkaRecord Record) change)
    {
        document.Add(change.State, change.Record);
        return new GeneratedRecord(document.Partition, change.Record, null);
    }
}
