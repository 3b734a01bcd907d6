using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Ranks the parts of candidates by two lists, joined by reciprocal rank like those of documents: the largest cosine with a part of the query, and the words of the question
/// that they hold.
/// </summary>
internal static class PartRanker
{
    /// <param name="text">The question's words; null if it has none.</param>
    /// <param name="documents">Those whose words count, by id: the best ones of full text.</param>
    /// <returns>At most <paramref name="k"/>, best first; equal scores in the order of ids and parts. Without snippets.</returns>
    public static IReadOnlyList<PartHit> Rank(
        SequenceEmbedding query, IReadOnlyList<SearchCandidate> candidates, string? text, IReadOnlyDictionary<string, InterleavedDocument> documents, int k, QueryOptions options,
        CancellationToken cancellationToken = default)
    {
        var parts = candidates.SelectMany(candidate => Enumerable.Range(0, candidate.Embedding.Parts.Count).Select(part => new Entry(candidate, part))).ToArray();
        foreach (var entry in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            entry.Similarity = MaxCosine(query, entry.Candidate.Embedding, entry.Part);
        }

        if (text is not null)
            AddWords(parts, text, documents);
        Join(parts, options.Weights.Parts, options.RankConstant, static entry => entry.Similarity);
        Join([.. parts.Where(static entry => entry.Words > 0)], 1, options.RankConstant, static entry => entry.Words);
        return [.. parts
            .OrderByDescending(static entry => entry.Score).ThenBy(static entry => entry.Candidate.Id, StringComparer.Ordinal).ThenBy(static entry => entry.Part)
            .Take(k)
            .Select(static entry => new PartHit(
                entry.Candidate.Id, entry.Candidate.Collection, entry.Candidate.Title, entry.Candidate.Version, entry.Candidate.Embedding.Parts[entry.Part],
                entry.Score, entry.Similarity, Snippet: null))];
    }

    /// <summary>Rarity is counted among the parts that are compared.</summary>
    private static void AddWords(Entry[] parts, string text, IReadOnlyDictionary<string, InterleavedDocument> documents)
    {
        var spoken = new List<(Entry Entry, string Text)>();
        foreach (var entry in parts)
        {
            if (documents.TryGetValue(entry.Candidate.Id, out var document)
                && SnippetCutter.Cut(document, entry.Candidate.Embedding.Parts[entry.Part], int.MaxValue - 1) is { } words)
                spoken.Add((entry, words));
        }

        var question = new QuestionWords(text, [.. spoken.Select(static s => s.Text)]);
        foreach (var (entry, words) in spoken)
            entry.Words = question.Score(words);
    }

    /// <summary>Adds each entry's share of one list; equal values share a rank.</summary>
    private static void Join(Entry[] parts, double weight, double constant, Func<Entry, double> value)
    {
        var order = parts.OrderByDescending(value).ToArray();
        var rank = 0;
        for (var i = 0; i < order.Length; i++)
        {
            rank = i > 0 && value(order[i]) == value(order[i - 1]) ? rank : i + 1;
            order[i].Score += weight / (constant + rank);
        }
    }

    private static float MaxCosine(SequenceEmbedding query, SequenceEmbedding document, int part)
    {
        var row = document.PartVector(part).Span;
        var best = float.NegativeInfinity;
        for (var i = 0; i < query.Parts.Count; i++)
            best = MathF.Max(best, UnitVectors.Dot(query.PartVector(i).Span, row));
        return best;
    }

    private sealed class Entry(SearchCandidate candidate, int part)
    {
        public SearchCandidate Candidate { get; } = candidate;

        public int Part { get; } = part;

        public float Similarity { get; set; }

        public double Words { get; set; }

        public double Score { get; set; }
    }
}
