using System.Security.Cryptography;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Actors.Queries;

/// <summary>The way of a search: prepare, encode, candidates, rerank, snippets. In the mode "like" the first two are one look into the store.</summary>
internal sealed class Retriever(
    IDocumentPreparer preparer,
    PictureRoom pictures,
    IDeviceClient device,
    ISearchStore store,
    QueryOptions options,
    QueryMeter meter,
    TimeProvider time)
{
    private readonly EffortController efforts = new(options);

    public async Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        var clock = time.GetTimestamp();
        var (query, prepare) = await EmbedAsync(request, clock, cancellationToken).ConfigureAwait(false);
        var encode = Lap(ref clock) - prepare;
        var effort = efforts.Choose(request);
        var text = request.Query is null ? null : TextOf(request.Query);
        var candidates = await FindAsync(request, query, text, effort, cancellationToken).ConfigureAwait(false);
        var find = Lap(ref clock);
        SearchHit[] hits = [];
        IReadOnlyList<PartHit> parts = [];
        var load = TimeSpan.Zero;
        switch (request.Mode)
        {
            case SearchMode.Parts:
                var spoken = await LoadSpokenAsync(request.Tenant, text, candidates, cancellationToken).ConfigureAwait(false);
                load = Lap(ref clock);
                parts = PartRanker.Rank(query, candidates, text, spoken, request.K, options, cancellationToken);
                break;
            case SearchMode.Missing:
                parts = GapFiller.Rank(query, request.Gap!.Value, candidates, request.K, options, cancellationToken);
                break;
            default:
                using (QueryTraces.BeginStep("align"))
                {
                    var ranked = CandidateRanker.Rank(query, candidates, request.K, options, request.Rerank, cancellationToken);
                    hits = new SearchHit[ranked.Count];
                    for (var i = 0; i < hits.Length; i++)
                        hits[i] = await ToHitAsync(request.Tenant, ranked[i], query, cancellationToken).ConfigureAwait(false);
                }

                break;
        }

        var rerank = Lap(ref clock);
        if (request.Snippets)
        {
            await AddSnippetsAsync(request.Tenant, hits, cancellationToken).ConfigureAwait(false);
            parts = await WithSnippetsAsync(request.Tenant, parts, cancellationToken).ConfigureAwait(false);
        }

        var timings = new SearchTimings(prepare, encode, find, rerank, load + Lap(ref clock)) { Effort = effort };
        efforts.Measured(effort, timings);
        meter.Searched(timings);
        return new SearchResponse(hits, candidates.Count, timings) { Parts = parts };
    }

    private async Task<IReadOnlyList<SearchCandidate>> FindAsync(
        SearchRequest request, SequenceEmbedding query, string? text, SearchEffort effort, CancellationToken cancellationToken)
    {
        using var span = QueryTraces.BeginStep("candidates");
        var found = await store.FindCandidatesAsync(
            new SearchQuery(request.Tenant, query, text)
            {
                Pictures = request.Query is null ? [] : PicturesOf(request.Query),
                Collection = request.Collection,
                Filter = request.Filter,
                Excluded = request.Like,
                Lists = request.Lists,
                CandidateCount = effort.Candidates,
                MaxVectorBytes = options.CandidateBytes,
                EfSearch = effort.EfSearch,
            },
            cancellationToken).ConfigureAwait(false);
        span?.SetTag("uvlm.search.candidates", found.Count);
        span?.SetTag("uvlm.search.ef_search", effort.EfSearch);
        return found;
    }

    /// <summary>Hits with the documents they stand for, in the same order; those whose documents are gone, or have no room behind the better ones, are left out.</summary>
    public async Task<(SearchHit[] Hits, InterleavedDocument[] Documents)> LoadAsync(
        string tenant, IReadOnlyList<SearchHit> hits, CancellationToken cancellationToken)
    {
        var loaded = await LoadByIdAsync(tenant, hits.Select(static hit => hit.Id), cancellationToken).ConfigureAwait(false);
        var present = hits.Where(hit => loaded.ContainsKey(hit.Id)).Select(hit => WithSnippets(hit, loaded[hit.Id])).ToArray();
        return (present, [.. present.Select(hit => loaded[hit.Id])]);
    }

    /// <summary>How many bytes the files of the documents' pictures have, by hash; those that are gone are left out.</summary>
    public async Task<IReadOnlyDictionary<string, long>> MeasurePicturesAsync(string tenant, IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken)
    {
        var hashes = HashesOf(documents);
        return hashes.Length == 0 ? new Dictionary<string, long>() : await store.MeasurePicturesAsync(tenant, hashes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The documents with the files of their pictures; pictures that are gone are left out.</summary>
    public async Task<InterleavedDocument[]> LoadPicturesAsync(string tenant, InterleavedDocument[] documents, CancellationToken cancellationToken)
    {
        var hashes = HashesOf(documents);
        if (hashes.Length == 0)
            return documents;
        using var span = QueryTraces.BeginStep("load");
        var files = await store.LoadPicturesAsync(tenant, hashes, cancellationToken).ConfigureAwait(false);
        return [.. documents.Select(document => document with { Parts = [.. document.Parts.Select(part => WithFile(part, files)).OfType<DocumentPart>()] })];
    }

    /// <summary>The query's vectors, and how long it was prepared: not at all where they are stored.</summary>
    private async Task<(SequenceEmbedding Query, TimeSpan Prepare)> EmbedAsync(SearchRequest request, long began, CancellationToken cancellationToken)
    {
        if (request.Query is null)
        {
            var id = request.Like!;
            var stored = await store.LoadEmbeddingAsync(request.Tenant, id, cancellationToken).ConfigureAwait(false);
            return (stored ?? throw new UnknownDocumentException(id), TimeSpan.Zero);
        }

        using var room = await pictures.TakeAsync(request.Query, cancellationToken).ConfigureAwait(false);
        using var prepared = preparer.Prepare(request.Query, cancellationToken);
        var prepare = Lap(ref began);
        using var span = QueryTraces.BeginEncode(prepared.TokenCount);
        return (await device.EncodeAsync(prepared, EncodePriority.Query, cancellationToken).ConfigureAwait(false), prepare);
    }

    /// <summary>The best documents by full text, whose parts are compared by their words.</summary>
    private async Task<IReadOnlyDictionary<string, InterleavedDocument>> LoadSpokenAsync(
        string tenant, string? text, IReadOnlyList<SearchCandidate> candidates, CancellationToken cancellationToken)
    {
        var best = candidates.Where(static candidate => candidate.TextRank is not null).OrderBy(static candidate => candidate.TextRank).Take(options.DocumentsReadForParts);
        return text is null ? new Dictionary<string, InterleavedDocument>() : await LoadByIdAsync(tenant, best.Select(static c => c.Id), cancellationToken).ConfigureAwait(false);
    }

    private async Task AddSnippetsAsync(string tenant, SearchHit[] hits, CancellationToken cancellationToken)
    {
        await ShowAsync(tenant, [.. hits.Select(static hit => hit.Id)], (i, document) => hits[i] = WithSnippets(hits[i], document), cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<PartHit>> WithSnippetsAsync(string tenant, IReadOnlyList<PartHit> parts, CancellationToken cancellationToken)
    {
        var hits = parts.ToArray();
        await ShowAsync(
            tenant,
            [.. hits.Select(static hit => hit.Id)],
            (i, document) => hits[i] = hits[i] with { Snippet = SnippetCutter.Cut(document, hits[i].Part, options.SnippetLength) },
            cancellationToken).ConfigureAwait(false);
        return hits;
    }

    /// <param name="ids">Of each hit; several may be of one document.</param>
    /// <param name="show">Called with a hit's number and its document.</param>
    private async Task ShowAsync(string tenant, IReadOnlyList<string> ids, Action<int, InterleavedDocument> show, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return;
        var places = Enumerable.Range(0, ids.Count).ToLookup(i => ids[i], StringComparer.Ordinal);
        using var span = QueryTraces.BeginStep("load");
        await store.ShowDocumentsAsync(
            tenant,
            [.. places.Select(static place => place.Key)],
            document =>
            {
                foreach (var i in places[document.Id])
                    show(i, document);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As far as their texts have room.</summary>
    /// <param name="ids">Best first.</param>
    private async Task<Dictionary<string, InterleavedDocument>> LoadByIdAsync(string tenant, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var loaded = new Dictionary<string, InterleavedDocument>(StringComparer.Ordinal);
        var distinct = ids.Distinct(StringComparer.Ordinal).ToArray();
        if (distinct.Length == 0)
            return loaded;
        using var span = QueryTraces.BeginStep("load");
        var room = options.DocumentCharacters;
        await store.ShowDocumentsAsync(
            tenant,
            distinct,
            document =>
            {
                // One that is shown again, because the database had to be asked again, is counted already.
                if (room > 0 && loaded.TryAdd(document.Id, document))
                    room -= document.Parts.Sum(static part => LengthOf(part));
            },
            cancellationToken).ConfigureAwait(false);
        return loaded;
    }

    private static long LengthOf(DocumentPart part) => part switch
    {
        TextPart text => text.Text.Length,
        ImagePart image => image.Alt?.Length ?? 0,
        _ => 0,
    };

    private static string[] HashesOf(IReadOnlyList<InterleavedDocument> documents)
    {
        var pictures = documents.SelectMany(static document => document.Parts).OfType<ImagePart>().Select(static part => part.Source).OfType<BlobImage>();
        return [.. pictures.Select(static picture => picture.Sha256).Distinct(StringComparer.Ordinal)];
    }

    /// <returns>Null: the picture is gone.</returns>
    private static DocumentPart? WithFile(DocumentPart part, IReadOnlyDictionary<string, InlineImage> files)
    {
        if (part is not ImagePart { Source: BlobImage picture } image)
            return part;
        return files.TryGetValue(picture.Sha256, out var file) ? image with { Source = file } : null;
    }

    private SearchHit WithSnippets(SearchHit hit, InterleavedDocument document)
        => hit with
        {
            Matches = [.. hit.Matches.Select(m => m with { Snippet = SnippetCutter.Cut(document, m.DocumentPart, options.SnippetLength) })],
        };

    private async Task<SearchHit> ToHitAsync(string tenant, RankedCandidate ranked, SequenceEmbedding query, CancellationToken cancellationToken)
    {
        var candidate = ranked.Candidate;
        var embedding = candidate.Embedding;
        // It was too far down the store's lists to be aligned, and is a hit all the same: its parts are shown like those of others.
        if (!candidate.HasVectors)
            embedding = await store.LoadEmbeddingAsync(tenant, candidate.Id, cancellationToken).ConfigureAwait(false) ?? embedding;
        return new SearchHit(
            candidate.Id,
            candidate.Collection,
            candidate.Title,
            candidate.Version,
            ranked.Score,
            ranked.Alignment,
            ranked.AlignmentRank,
            candidate.PartRank,
            candidate.DocumentRank,
            candidate.TextRank,
            embedding.Parts,
            CandidateRanker.Match(query, embedding, options, cancellationToken))
        {
            PictureRank = candidate.PictureRank,
        };
    }

    /// <summary>As the store knows pictures: by the hash of their files.</summary>
    private static byte[][] PicturesOf(InterleavedDocument query)
    {
        var hashes = query.Parts.OfType<ImagePart>().Select(static part => part.Source switch
        {
            InlineImage inline => SHA256.HashData(inline.Data.Span),
            BlobImage blob => Convert.FromHexString(blob.Sha256),
            _ => null,
        });
        return [.. hashes.OfType<byte[]>().DistinctBy(Convert.ToHexString)];
    }

    private string? TextOf(InterleavedDocument query)
    {
        var text = string.Join('\n', query.Parts.OfType<TextPart>().Select(static part => part.Text)).Trim();
        if (text.Length > options.MaxSearchText)
            text = text[..options.MaxSearchText];
        return text.Length == 0 ? null : text;
    }

    private TimeSpan Lap(ref long clock)
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(clock, now);
        clock = now;
        return elapsed;
    }
}
