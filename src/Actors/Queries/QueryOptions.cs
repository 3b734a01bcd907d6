namespace UnifiedVlm.Actors.Queries;

/// <summary>Every knob of the query side, with its unit.</summary>
public sealed record QueryOptions
{
    /// <summary>What the model is called in traces and metrics; empty leaves it out.</summary>
    public string ModelName { get; init; } = "";

    /// <summary>Query actors: questions worked on at the same time. An answer keeps its actor until its last token has been read.</summary>
    public int Actors { get; init; } = 16;

    /// <summary>Actors that answers, conversations, embeddings and rerankings may have at the same time: a quarter, one at least, is left to searches. Those beyond it wait.</summary>
    internal int LastingActors => Math.Max(1, Actors - Math.Max(1, Actors / 4));

    /// <summary>Of those, what answers and conversations may have: one is left to embeddings and rerankings, which have seconds where an answer has minutes. With two actors they share the one.</summary>
    internal int StreamingActors => Math.Max(1, LastingActors - 1);

    /// <summary>Questions that may wait for an actor; beyond it they are refused.</summary>
    public int MaxWaiting { get; init; } = 32;

    /// <summary>A search that takes longer fails.</summary>
    public TimeSpan SearchTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An answer that takes longer fails, its reader's slowness included.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most hits a search may ask for.</summary>
    public int MaxK { get; init; } = 100;

    /// <summary>The most documents an answer may be made from, unless set otherwise.</summary>
    public const int MostEvidence = 16;

    /// <summary>The most documents an answer may be made from.</summary>
    public int MaxEvidence { get; init; } = MostEvidence;

    /// <summary>The most tokens an answer may have.</summary>
    public int MaxAnswerTokens { get; init; } = 1024;

    /// <summary>The most documents that one request may have embedded or reranked, unless set otherwise: as many as OpenAI's API takes. Some are worked on at a time; whether all are done is a question of time.</summary>
    public const int MostInputs = 2048;

    /// <summary>The most documents that one request may have embedded or reranked.</summary>
    public int MaxInputs { get; init; } = MostInputs;

    /// <summary>Documents of one such request that are at the device at a time.</summary>
    public int EmbeddingsAtOnce { get; init; } = 16;

    /// <summary>Tokens of the documents of all such requests that are at the device at a time: half of what a device takes of queries, so that searches find room too. A longer document goes alone.</summary>
    public long EmbeddingTokens { get; init; } = 4 * 1024;

    /// <summary>How long a busy device is left alone before it is asked again for an embedding, or for an answer whose evidence has been shown.</summary>
    public TimeSpan BusyPause { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>What a picture takes once decoded, in bytes: the model's.</summary>
    public long PictureBytes { get; init; } = 3L * 512 * 512 * sizeof(float);

    /// <summary>
    /// Bytes of decoded pictures of all questions under way, and of the files of their evidence's until those are decoded. Who finds no room waits for it, as long as
    /// <see cref="SearchTimeout"/>, and is refused then; what would never have room is refused at once, and left out of evidence.
    /// </summary>
    public long PixelBudget { get; init; } = 512L << 20;

    /// <summary>Documents fetched for reranking; never fewer than the hits wanted.</summary>
    public int Candidates { get; init; } = 200;

    /// <summary>Stored bytes of the vectors of one search's candidates, twice that in memory; candidates beyond it are ranked by the store's lists alone.</summary>
    public long CandidateBytes { get; init; } = 32 << 20;

    /// <summary>UTF-16 code units of the documents that one answer is made from, or whose parts one search compares by their words, and the document that passes it; those behind it are left out.</summary>
    public long DocumentCharacters { get; init; } = 16 << 20;

    /// <summary>hnsw.ef_search: more finds more and costs more.</summary>
    public int EfSearch { get; init; } = 100;

    /// <summary>How long a search should take that names no budget of its own; null: <see cref="Candidates"/> and <see cref="EfSearch"/> are as they are.</summary>
    public TimeSpan? SearchBudget { get; init; }

    /// <summary>The fewest candidates that a budget leads to.</summary>
    public int MinCandidates { get; init; } = 20;

    /// <summary>The most candidates that a budget leads to, and that may be asked for.</summary>
    public int MaxCandidates { get; init; } = 1000;

    /// <summary>The least ef_search that a budget leads to.</summary>
    public int MinEfSearch { get; init; } = 20;

    /// <summary>The largest ef_search that a budget leads to, and that may be asked for; pgvector takes no larger one.</summary>
    public int MaxEfSearch { get; init; } = 1000;

    /// <summary>Documents, the best ones of full text, whose parts are compared by their words where parts are looked for.</summary>
    public int DocumentsReadForParts { get; init; } = 50;

    /// <summary>Width of the alignment kernel, in units of distance between unit vectors (0 to 2). Small is strict.</summary>
    public float AlignmentSigma { get; init; } = 0.5f;

    /// <summary>Threads of one reranking.</summary>
    public int AlignmentThreads { get; init; } = 1;

    /// <summary>What the lists weigh in the order of the hits.</summary>
    public FusionWeights Weights { get; init; } = FusionWeights.Equal;

    /// <summary>
    /// Cosine, -1 to 1. A document that shares no word and no picture with the question and has no part as similar as this to one of the question's is no evidence for an
    /// answer. -1 takes whatever is nearest.
    /// </summary>
    public double MinSimilarity { get; init; } = -1;

    /// <summary>k of 1 / (k + rank), the same as the store's. Smaller values favour the tops of the lists.</summary>
    public double RankConstant { get; init; } = 60;

    /// <summary>Matches reported for each part of the query.</summary>
    public int MatchesPerPart { get; init; } = 3;

    /// <summary>UTF-16 code units of a snippet.</summary>
    public int SnippetLength { get; init; } = 240;

    /// <summary>UTF-16 code units of the stretch of a document that an answer is made from.</summary>
    public int PassageLength { get; init; } = 500;

    /// <summary>Code units of the query's text that go to full text search.</summary>
    public int MaxSearchText { get; init; } = 2000;

    /// <summary>Events of an answer that may wait for their reader.</summary>
    public int EventBuffer { get; init; } = 32;

    /// <summary>Adapters that an answer may be generated with.</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    /// <summary>The adapter that the index and its queries are encoded with; null is the base.</summary>
    public string? EncodingAdapter { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Actors, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxWaiting);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(SearchTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AnswerTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxK, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxEvidence, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAnswerTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(EmbeddingsAtOnce, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(EmbeddingTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(BusyPause, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(PictureBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PixelBudget, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Candidates, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CandidateBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(DocumentCharacters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(EfSearch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinCandidates, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxCandidates, MinCandidates);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinEfSearch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxEfSearch, MinEfSearch);
        ArgumentOutOfRangeException.ThrowIfNegative(DocumentsReadForParts);
        ArgumentOutOfRangeException.ThrowIfLessThan(AlignmentThreads, 1);
        Weights.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(RankConstant);
        ArgumentOutOfRangeException.ThrowIfNotEqual(MinSimilarity is >= -1 and <= 1, true, nameof(MinSimilarity));
        ArgumentOutOfRangeException.ThrowIfLessThan(MatchesPerPart, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SnippetLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PassageLength, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxSearchText);
        ArgumentOutOfRangeException.ThrowIfLessThan(EventBuffer, 1);
    }
}
