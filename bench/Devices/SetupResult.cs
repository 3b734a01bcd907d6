using UnifiedVlm.Documents;

namespace UnifiedVlm.Bench.Devices;

/// <summary>Rates are of the fastest round.</summary>
internal sealed record SetupResult
{
    public required Setup Setup { get; init; }

    public required IReadOnlyList<SequenceEmbedding> Embeddings { get; init; }

    public required double TokensPerSecond { get; init; }

    public required double DocumentsPerSecond { get; init; }

    /// <summary>Of encoding, as <see cref="Ingest.FlopCount"/> counts.</summary>
    public required double FlopPerSecond { get; init; }

    public required double PeakFlopPerSecond { get; init; }

    /// <summary>Greedy tokens, text by text.</summary>
    public required List<int>[] Texts { get; init; }

    public required double OneTextTokensPerSecond { get; init; }

    public required double ManyTextsTokensPerSecond { get; init; }

    /// <summary>The cosine between a part's vector here and there, of the part where they differ most.</summary>
    public double LeastCosine(SetupResult other) => Embeddings.Zip(other.Embeddings, static (a, b) => Least(a.PartVectors.Span, b.PartVectors.Span, a.Dimension)).Min();

    /// <summary>Texts that are the same to the last token.</summary>
    public int EqualTexts(SetupResult other) => Texts.Zip(other.Texts).Count(static pair => pair.First.SequenceEqual(pair.Second));

    private static double Least(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int width)
    {
        var least = 1.0;
        for (var start = 0; start < a.Length; start += width)
        {
            var dot = 0.0;
            for (var i = start; i < start + width; i++)
                dot += (double)a[i] * b[i];
            least = Math.Min(least, dot);
        }

        return least;
    }
}
