using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http;

/// <summary>Reply of POST /v1/search, and the evidence event of /v1/answer.</summary>
/// <param name="Candidates">Documents that were reranked; null in an evidence event.</param>
/// <param name="Hits">Best first; none where parts are looked for.</param>
internal sealed record SearchAnswer(IReadOnlyList<FoundDocument> Hits, int? Candidates, FoundTimings Timings)
{
    /// <summary>Of the modes that look for parts, best first.</summary>
    public IReadOnlyList<FoundPart>? Parts { get; init; }

    /// <param name="mode">Of the question.</param>
    public static SearchAnswer From(SearchResponse found, SearchMode mode)
        => new([.. found.Hits.Select(FoundDocument.From)], found.Candidates, FoundTimings.From(found.Timings))
        {
            Parts = mode is SearchMode.Parts or SearchMode.Missing ? [.. found.Parts.Select(FoundPart.From)] : null,
        };

    public static SearchAnswer From(EvidenceEvent evidence)
        => new([.. evidence.Hits.Select(FoundDocument.From)], null, FoundTimings.From(evidence.Timings));
}

/// <param name="Score">What the hits are ordered by: the sum of weight / (60 + rank) over the lists the document stands in; the weight of full text and of pictures held is 1, the others' stand in the model's ranking.json.</param>
/// <param name="Alignment">log K per step of the alignment with the question; higher is more alike. Left out where the document was not aligned.</param>
internal sealed record FoundDocument(
    string Id, string Collection, string? Title, long Version, double Score, float? Alignment, FoundRanks Ranks, IReadOnlyList<FoundMatch> Matches)
{
    public static FoundDocument From(SearchHit hit) => new(
        hit.Id, hit.Collection, hit.Title, hit.Version, hit.Score, hit.Alignment,
        new FoundRanks(hit.PartRank, hit.DocumentRank, hit.TextRank, hit.PictureRank, hit.AlignmentRank), [.. hit.Matches.Select(FoundMatch.From)]);
}

/// <param name="Score">What the parts are ordered by: weight / (60 + rank) by cosine and by words; of a missing part log K per step of the completed sequence's alignment.</param>
/// <param name="Part">Index into the document's parts.</param>
/// <param name="Start">Where in that part's text, in UTF-16 code units; a long text is several parts of the index.</param>
/// <param name="Similarity">Cosine with the nearest part of the question; left out for a missing part.</param>
/// <param name="Text">The beginning of the part's words; left out for a picture.</param>
/// <param name="Alt">The words that stand for a picture.</param>
internal sealed record FoundPart(
    string Id, string Collection, string? Title, long Version, double Score, int Part, int Start, int Length, string Type, float? Similarity, string? Text, string? Alt)
{
    public static FoundPart From(PartHit hit)
    {
        var isText = hit.Part.Kind == PartKind.Text;
        return new FoundPart(
            hit.Id, hit.Collection, hit.Title, hit.Version, hit.Score, hit.Part.SourcePart, hit.Part.Start, hit.Part.Length, isText ? "text" : "image",
            hit.Similarity, isText ? hit.Snippet ?? "" : null, isText ? null : hit.Snippet);
    }
}

/// <summary>1-based ranks by nearest part, document vector, full text, pictures held and alignment; left out where the document is not in the list.</summary>
internal sealed record FoundRanks(int? Part, int? Document, int? Text, int? Picture, int? Alignment);

/// <param name="QueryPart">Index into the question's parts.</param>
/// <param name="DocumentPart">Index into the document's parts.</param>
/// <param name="Text">The beginning of the part's words; left out for a picture.</param>
/// <param name="Alt">The words that stand for a picture.</param>
internal sealed record FoundMatch(int QueryPart, int DocumentPart, float Similarity, string? Text, string? Alt)
{
    public static FoundMatch From(PartMatch match)
    {
        var isText = match.DocumentPart.Kind == PartKind.Text;
        return new FoundMatch(
            match.QueryPart.SourcePart, match.DocumentPart.SourcePart, match.Similarity,
            isText ? match.Snippet ?? "" : null, isText ? null : match.Snippet);
    }
}

/// <summary>Milliseconds, and what was looked at in them.</summary>
internal sealed record FoundTimings(double Prepare, double Encode, double Candidates, double Rerank, double Load)
{
    /// <summary>Documents that were to be reranked at most.</summary>
    public int? AskedCandidates { get; init; }

    public int? EfSearch { get; init; }

    /// <summary>What the two were chosen for, in milliseconds; left out where they were not.</summary>
    public double? Budget { get; init; }

    public static FoundTimings From(SearchTimings timings) => new(
        timings.Prepare.TotalMilliseconds, timings.Encode.TotalMilliseconds, timings.Candidates.TotalMilliseconds,
        timings.Rerank.TotalMilliseconds, timings.Load.TotalMilliseconds)
    {
        AskedCandidates = timings.Effort?.Candidates,
        EfSearch = timings.Effort?.EfSearch,
        Budget = timings.Effort?.Budget?.TotalMilliseconds,
    };
}
