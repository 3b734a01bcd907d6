using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class CandidateRankerTests
{
    private readonly FakeBackend backend = new();

    [Fact]
    public void A_document_that_every_list_found_wins_over_the_first_of_one_list()
    {
        backend.Add(FakeBackend.Document("all", "apple", "banana"), part: 3, whole: 3, text: 3);
        backend.Add(FakeBackend.Document("text", "xyz"), text: 1);
        backend.Add(FakeBackend.Document("part", "wvu"), part: 1);
        Assert.Equal("all", Ids(["apple", "banana"])[0]);
    }

    [Fact]
    public void Full_text_decides_where_the_vectors_tell_nothing_apart()
    {
        backend.Add(FakeBackend.Document("a", "same"), part: 1, whole: 2);
        backend.Add(FakeBackend.Document("b", "same"), part: 2, whole: 1, text: 1);
        Assert.Equal(["b", "a"], Ids(["query"]));
    }

    [Fact]
    public void Alignment_prefers_the_order_of_the_query()
    {
        backend.Add(FakeBackend.Document("reversed", "cherry", "banana", "apple"), part: 1, whole: 2);
        backend.Add(FakeBackend.Document("ordered", "apple", "banana", "cherry"), part: 2, whole: 1);
        Assert.Equal(["ordered", "reversed"], Ids(["apple", "banana", "cherry"]));
    }

    [Fact]
    public void Without_weight_the_stores_order_stays()
    {
        backend.Add(FakeBackend.Document("second", "apple"), part: 2);
        backend.Add(FakeBackend.Document("first", "xyz"), part: 1);
        Assert.Equal(["first", "second"], Ids(["apple"], new QueryOptions { Weights = new(1, 1, 0) }));
        Assert.Equal(["second", "first"], Ids(["apple"], new QueryOptions { Weights = new(1, 1, 5) }));
    }

    [Fact]
    public void Candidates_that_align_equally_well_share_a_rank()
    {
        backend.Add(FakeBackend.Document("b", "apple"), part: 1);
        backend.Add(FakeBackend.Document("a", "apple"), whole: 1);
        backend.Add(FakeBackend.Document("c", "xyz"), text: 1);
        var ranked = Rank(["apple"], new());
        Assert.Equal(["a", "b", "c"], ranked.Select(r => r.Candidate.Id));
        Assert.Equal([1, 1, 3], ranked.Select(r => r.AlignmentRank));
    }

    /// <summary>More rows than are gathered at a time, candidates without parts, and one that is larger than that by itself.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_candidates_alignment_does_not_depend_on_the_others(int threads)
    {
        int[] lengths = [7, 300, 0, 300, 1, 1100, 0, 512, 512, 3, 200, 0];
        var query = Sequence(4, 99);
        var candidates = lengths.Select(Sequence).ToArray();
        var options = new QueryOptions { AlignmentThreads = threads };

        var scores = CandidateRanker.Align(query, candidates, options);

        Assert.Equal(candidates.Select(c => CandidateRanker.Align(query, [c], options)[0]), scores);
        Assert.Equal(lengths.Select(static length => length > 0), scores.Select(static score => score is not null));
        Assert.Equal(9, scores.Distinct().Count(static score => score is not null));

        static SequenceEmbedding Sequence(int length, int seed)
        {
            var random = new Random(seed);
            float[] Vectors(int count) => [.. Enumerable.Range(0, count * 16).Select(_ => random.NextSingle() - 0.5f)];
            return new SequenceEmbedding(16, [.. Enumerable.Range(0, length).Select(static part => new EmbeddedPart(part, PartKind.Text, 0, 1))], Vectors(length), Vectors(1));
        }
    }

    [Fact]
    public void The_order_is_the_rerankers()
    {
        // What stands in order is nearer by alignment; MaxSim sees no order, so the two are equal by it.
        backend.Add(FakeBackend.Document("a-turned", "cherry", "apple"), part: 1);
        backend.Add(FakeBackend.Document("b-in-order", "apple", "cherry"), part: 1);
        IReadOnlyList<RankedCandidate> By(RankingScore? rerank)
            => CandidateRanker.Rank(FakeBackend.Embed(FakeBackend.Document("q", "apple", "cherry")), backend.Candidates, 10, new(), rerank);

        Assert.All((RankingScore[])[RankingScore.LogKernelPerStep, RankingScore.Dtw, RankingScore.SoftDtw], by => Assert.Equal("b-in-order", By(by)[0].Candidate.Id));
        Assert.Equal([1, 1], By(RankingScore.MaxSim).Select(static r => r.AlignmentRank));
        Assert.All(By(null), static r => Assert.Null(r.AlignmentRank));
    }

    [Fact]
    public void Matches_follow_the_alignment_path()
    {
        var query = FakeBackend.Embed(FakeBackend.Document("q", "apple", "cherry"));
        var document = FakeBackend.Embed(FakeBackend.Document("d", "apple", "zzz", "cherry"));
        var matches = CandidateRanker.Match(query, document, new QueryOptions { MatchesPerPart = 1 });
        Assert.Equal([(0, 0), (1, 2)], matches.Select(m => (m.QueryPart.SourcePart, m.DocumentPart.SourcePart)));
        Assert.All(matches, m => Assert.Equal(1, m.Similarity, 1e-5));
    }

    /// <summary>One cell more than a path is traced for: the parts that are nearest by cosine stand in its place.</summary>
    [Fact]
    public void Sequences_too_long_for_a_path_are_matched_by_their_nearest_parts()
    {
        const int Length = 8193;
        var query = Circle(static part => part);
        // The same vectors from the last to the first.
        var document = Circle(static part => Length - 1 - part);
        Assert.True((long)Length * Length > AlignmentKernel.MaxPathCells);

        var matches = CandidateRanker.Match(query, document, new QueryOptions());

        Assert.Equal(Enumerable.Range(0, Length), matches.Select(static m => m.QueryPart.SourcePart));
        // Neighbours on the circle are a few bits apart in their cosine.
        Assert.All(matches, static m => Assert.InRange(m.DocumentPart.SourcePart - (Length - 1 - m.QueryPart.SourcePart), -3, 3));
        Assert.All(matches, static m => Assert.Equal(1, m.Similarity, 1e-5));

        static SequenceEmbedding Circle(Func<int, int> place)
        {
            var angles = Enumerable.Range(0, Length).Select(part => place(part) * MathF.Tau / (Length + 1));
            return new SequenceEmbedding(
                2, [.. Enumerable.Range(0, Length).Select(static part => new EmbeddedPart(part, PartKind.Text, 0, 1))], angles.SelectMany(static a => new[] { MathF.Cos(a), MathF.Sin(a) }).ToArray(),
                new float[2]);
        }
    }

    [Fact]
    public void Nobody_is_ranked_or_matched_for_a_caller_who_has_gone()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1);
        var (query, gone) = (FakeBackend.Embed(FakeBackend.Document("q", "apple")), new CancellationToken(canceled: true));
        var document = backend.Candidates[0].Embedding;

        Assert.Throws<OperationCanceledException>(() => CandidateRanker.Rank(query, backend.Candidates, 1, new(), cancellationToken: gone));
        Assert.Throws<OperationCanceledException>(() => CandidateRanker.Match(query, document, new(), gone));
        Assert.Throws<OperationCanceledException>(() => PartRanker.Rank(query, backend.Candidates, null, backend.Stored, 1, new(), gone));
        Assert.Throws<OperationCanceledException>(() => GapFiller.Rank(query, 0, backend.Candidates, 1, new(), gone));
    }

    [Fact]
    public void Vectors_of_another_model_are_refused_with_both_dimensions()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1);
        var other = backend.Candidates[0] with { Embedding = backend.Candidates[0].Embedding with { Dimension = 13 } };
        var failure = Assert.Throws<InvalidOperationException>(
            () => CandidateRanker.Rank(FakeBackend.Embed(FakeBackend.Document("q", "apple")), [other], 1, new()));
        Assert.Contains("13", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_found_is_nothing_ranked() => Assert.Empty(Rank(["apple"], new()));

    private string[] Ids(string[] query, QueryOptions? options = null) => [.. Rank(query, options ?? new()).Select(r => r.Candidate.Id)];

    private IReadOnlyList<RankedCandidate> Rank(string[] query, QueryOptions options)
        => CandidateRanker.Rank(FakeBackend.Embed(FakeBackend.Document("q", query)), backend.Candidates, 10, options);
}
