using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;

namespace UnifiedVlm.Bench.Storage;

/// <summary>Unit vectors to index and others of the same kind to ask with. Recall depends on what vectors are like, so there are two kinds.</summary>
internal sealed record VectorSet(string Name, float[][] Stored, float[][] Queries)
{
    private const int WindowWords = 24;

    /// <summary>Clusters in a space of few dimensions, as learned embeddings have them, and a little noise in all.</summary>
    public static VectorSet Clusters(int count, int queries, int dimension)
    {
        const int Latent = 40, Centres = 1500;
        const double Spread = 0.6, Noise = 0.02;
        var random = new Random(7);
        var map = Matrix(random, Latent, dimension);
        var centres = Matrix(random, Centres, Latent);
        return new VectorSet($"{Centres} clusters in {Latent} dimensions", [.. Take(count)], [.. Take(queries)]);

        IEnumerable<float[]> Take(int wanted)
        {
            for (var n = 0; n < wanted; n++)
            {
                var vector = new float[dimension];
                var centre = centres[random.Next(Centres)];
                for (var l = 0; l < Latent; l++)
                {
                    var z = centre[l] + (Spread * Normal(random));
                    for (var d = 0; d < dimension; d++)
                        vector[d] += (float)(z * map[l][d]);
                }

                for (var d = 0; d < dimension; d++)
                    vector[d] += (float)(Noise * Latent * Normal(random));
                yield return Normalise(vector);
            }
        }
    }

    /// <summary>
    /// Spans of real text, each the sum of its words' random vectors weighted by how rare the words are (random indexing): neighbours share words.
    /// </summary>
    public static VectorSet Words(string corpus, int count, int queries, int dimension)
    {
        var pages = new CorpusImporter(corpus).Import().Select(Split).Where(static w => w.Length >= WindowWords).ToArray();
        var total = pages.Sum(static p => (long)p.Length);
        var stride = Math.Max(1, (int)(total / (count + queries + pages.Length)));
        var spans = pages.SelectMany(p => Enumerable.Range(0, ((p.Length - WindowWords) / stride) + 1).Select(i => p.AsMemory(i * stride, WindowWords))).ToArray();
        new Random(7).Shuffle(spans);
        var frequency = pages.SelectMany(static p => p).CountBy(static w => w).ToDictionary();
        var words = frequency.ToDictionary(static f => f.Key, f => (Weight: Math.Log(total / (double)f.Value), Vector: Matrix(new Random(Hash(f.Key)), 1, dimension)[0]));
        var vectors = spans.Take(count + queries).Select(span =>
        {
            var vector = new float[dimension];
            foreach (var word in span.Span)
            {
                var (weight, direction) = words[word];
                for (var d = 0; d < dimension; d++)
                    vector[d] += (float)(weight * direction[d]);
            }

            return Normalise(vector);
        }).ToArray();
        return new VectorSet($"words of {pages.Length} pages, {WindowWords} a span, every {stride}", vectors[queries..], vectors[..queries]);
    }

    private static string[] Split(InterleavedDocument document)
    {
        var text = string.Join(' ', document.Parts.OfType<TextPart>().Select(static t => t.Text)).ToLowerInvariant();
        return text.Split([' ', '\n', '\t', '.', ',', ';', ':', '(', ')', '"', '“', '”', '!', '?', '/'], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The same in every run.</summary>
    private static int Hash(string word) => Encoding.UTF8.GetBytes(word).Aggregate(17, static (hash, b) => unchecked((hash * 31) + b));

    private static double[][] Matrix(Random random, int rows, int columns)
        => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => Normal(random)).ToArray())];

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static float[] Normalise(float[] vector)
    {
        var norm = MathF.Sqrt(vector.Sum(static v => v * v));
        for (var i = 0; i < vector.Length; i++)
            vector[i] /= norm;
        return vector;
    }
}
