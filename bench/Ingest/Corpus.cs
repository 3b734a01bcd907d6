using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>The documents of both sides, and some more to warm up with.</summary>
internal sealed class Corpus
{
    /// <summary>Enough for the runtime to have compiled the hot paths for good on both sides.</summary>
    private const int WarmUpDocuments = 128;

    private Corpus(IReadOnlyList<InterleavedDocument> documents)
    {
        Documents = documents;
        Json = [.. documents.Select(DocumentJson.Serialize)];

        // The parts in reverse: other sequences, so that the index does not meet the same vectors again.
        WarmUp = [.. Spread(documents, WarmUpDocuments).Select(static d => d with { Id = "warm-up/" + d.Id, Parts = [.. d.Parts.Reverse()] })];
        WarmUpJson = [.. WarmUp.Select(DocumentJson.Serialize)];
        Bytes = Json.Sum(static json => (long)json.Length);
        Pictures = documents.Sum(static d => d.Parts.Count(static p => p is ImagePart));
        Characters = documents.Sum(static d => d.Parts.OfType<TextPart>().Sum(static t => (long)t.Text.Length));
    }

    public IReadOnlyList<InterleavedDocument> Documents { get; }

    public IReadOnlyList<byte[]> Json { get; }

    public IReadOnlyList<InterleavedDocument> WarmUp { get; }

    public IReadOnlyList<byte[]> WarmUpJson { get; }

    public long Bytes { get; }

    public int Pictures { get; }

    public long Characters { get; }

    public static Corpus Load(string folder, int count)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The corpus folder {folder} is missing. Run deploy/corpus.sh, or name another with --corpus.");
        var options = new ImportOptions { Collection = "bench", VersionFromFileTime = true };
        var all = new CorpusImporter(folder, options).Import().ToList();
        return new Corpus(count == 0 || count >= all.Count ? all : [.. Spread(all, count)]);
    }

    private static IEnumerable<InterleavedDocument> Spread(IReadOnlyList<InterleavedDocument> all, int count)
    {
        var taken = Math.Min(count, all.Count);
        return Enumerable.Range(0, taken).Select(i => all[(int)((long)i * all.Count / taken)]);
    }
}
