using System.Globalization;
using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>
/// Generated records of text and pictures over several partitions: new documents, updates, deletes, exact repetitions and late old versions; and what
/// has to be left of them. A document's records stay in one partition.
/// </summary>
internal sealed class DocumentHistory
{
    private readonly List<KafkaRecord>[] partitions;
    private readonly Dictionary<string, HashSet<long>> versions = [];
    private readonly Dictionary<string, Final> finals = [];

    public DocumentHistory(int documents, int partitions, int seed)
    {
        this.partitions = [.. Enumerable.Range(0, partitions).Select(static _ => new List<KafkaRecord>())];
        var random = new Random(seed);
        var ids = Enumerable.Range(0, documents).Select(static i => string.Create(CultureInfo.InvariantCulture, $"d-{i}")).ToArray();
        foreach (var id in ids)
            Upsert(id, 10, random.Next());
        foreach (var id in ids)
        {
            var content = random.Next();
            switch (random.Next(6))
            {
                case 0:
                    Upsert(id, 20, content);
                    break;
                case 1:
                    Delete(id, 30);
                    break;
                case 2:
                    Upsert(id, 20, content);
                    Upsert(id, 20, content);
                    break;
                case 3:
                    Upsert(id, 5, content);
                    break;
                case 4:
                    Delete(id, 15);
                    Upsert(id, 40, content);
                    break;
            }
        }
    }

    public IReadOnlyList<IReadOnlyList<KafkaRecord>> Partitions => partitions;

    public int Records => partitions.Sum(static p => p.Count);

    /// <summary>id|version|deleted|embedded parts, in key order.</summary>
    public IEnumerable<string> ExpectedRows => finals.OrderBy(static f => f.Key, StringComparer.Ordinal)
        .Select(static f => string.Create(CultureInfo.InvariantCulture, $"{f.Key}|{f.Value.Version}|{f.Value.Deleted}|{f.Value.Parts}"));

    public int Living => finals.Values.Count(static f => !f.Deleted);

    public int Parts => finals.Values.Sum(static f => f.Parts);

    public bool Has(string id, long version) => versions[id].Contains(version);

    public Final Of(string id) => finals[id];

    private void Upsert(string id, long version, int content)
    {
        var random = new Random(content);
        var parts = new List<DocumentPart>();
        for (var i = 0; i < 2 + random.Next(2); i++)
        {
            parts.Add(new TextPart($"Part {i} of document {id}: " + string.Join(' ', Enumerable.Range(0, 40).Select(_ => Words[random.Next(Words.Length)])) + "."));
            parts.Add(new ImagePart(new InlineImage(Pictures.Png(random.Next())), $"picture {i}"));
        }

        var document = new InterleavedDocument { Id = id, Version = version, Parts = parts };
        Add(id, new KafkaRecord(Encoding.UTF8.GetBytes(id), DocumentJson.Serialize(document)), version, new Final(version, false, parts.Count));
    }

    private void Delete(string id, long version)
        => Add(id, new KafkaRecord(Encoding.UTF8.GetBytes(id), null, ("version", version.ToString(CultureInfo.InvariantCulture))), version, new Final(version, true, 0));

    private void Add(string id, KafkaRecord record, long version, Final final)
    {
        partitions[int.Parse(id.AsSpan(2), CultureInfo.InvariantCulture) % partitions.Length].Add(record);
        if (!versions.TryGetValue(id, out var known))
            versions[id] = known = [];
        known.Add(version);
        if (!finals.TryGetValue(id, out var best) || version > best.Version)
            finals[id] = final;
    }

    private static readonly string[] Words = ["water", "pump", "valve", "dial", "turns", "slowly", "red", "open", "the", "seen", "from", "above", "below", "pipe", "steel"];

    /// <param name="Parts">Vectors the index has to hold: each text here is short enough to be one part.</param>
    internal sealed record Final(long Version, bool Deleted, int Parts);
}
