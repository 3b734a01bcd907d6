using System.Security.Cryptography;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Bench.Queries;

/// <summary>
/// Any number of documents, grown from real passages: the first ones are these themselves; each of the others has the vectors of one of them, disturbed, and texts
/// in which runs of its words take turns with another passage's, so that words are as frequent as in the manuals.
/// </summary>
internal sealed class GrownCorpus
{
    private const int WordsOfRun = 5;

    private readonly double noise;
    private readonly (InterleavedDocument Document, string[][] Words, SequenceEmbedding Embedding)[] passages;

    /// <summary>Passages with a text that the model takes in two are left out, so that a text is a part.</summary>
    /// <param name="noise">Expected length of the noise on a vector of length 1.</param>
    public GrownCorpus(IReadOnlyList<InterleavedDocument> documents, IReadOnlyList<SequenceEmbedding> embeddings, double noise)
    {
        this.noise = noise;
        passages = [.. documents.Zip(embeddings).Where(static pair => pair.Second.Parts.Count == pair.First.Parts.Count)
            .Select(static pair => (pair.First, pair.First.Parts.Cast<TextPart>().Select(static part => part.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToArray(), pair.Second))];
    }

    public int Passages => passages.Length;

    /// <summary>The document at an offset: always the same.</summary>
    public DocumentUpsert At(long offset)
    {
        var (document, words, embedding) = passages[offset % passages.Length];
        if (offset >= passages.Length)
        {
            var random = new Random((int)offset);
            var other = passages[random.Next(passages.Length)].Words;
            document = document with { Parts = [.. words.Select((own, i) => new TextPart(Interleave(own, other[i])))] };
            embedding = Disturb(embedding, random);
        }

        var parts = document.Parts.Select(static (part, i) => new EmbeddedPart(i, PartKind.Text, 0, ((TextPart)part).Text.Length));
        return new DocumentUpsert(
            offset, document with { Id = FormattableString.Invariant($"{offset:d8}") }, DocumentVersion.Explicit(1), SHA256.HashData(BitConverter.GetBytes(offset)),
            embedding with { Parts = [.. parts] }, []);
    }

    /// <summary>As long as the two are on average.</summary>
    private static string Interleave(string[] own, string[] other)
    {
        var words = new List<string>();
        for (var at = 0; at < Math.Max(own.Length, other.Length); at += WordsOfRun)
            words.AddRange((at / WordsOfRun % 2 == 0 ? own : other).Skip(at).Take(WordsOfRun));
        return words.Count > 0 ? string.Join(' ', words) : own[0];
    }

    private SequenceEmbedding Disturb(SequenceEmbedding of, Random random)
    {
        var vectors = new float[of.PartVectors.Length + of.Dimension];
        of.PartVectors.CopyTo(vectors);
        of.DocumentVector.CopyTo(vectors.AsMemory(of.PartVectors.Length));
        for (var at = 0; at < vectors.Length; at += of.Dimension)
            UnitVectors.Disturb(vectors.AsSpan(at, of.Dimension), noise, random);
        return of with { PartVectors = vectors.AsMemory(0, of.PartVectors.Length), DocumentVector = vectors.AsMemory(of.PartVectors.Length) };
    }
}
