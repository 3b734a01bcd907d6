using System.Security.Cryptography;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Documents that hold a question's very pictures are found, whatever vectors say.</summary>
public sealed class PictureSearchTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const int Few = 3;

    private SearchStore _search = null!;

    protected override StoreOptions Options => base.Options with { FewDocuments = Few };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _search = await Store.OpenSearchAsync(Model, Dimension);
    }

    [Fact]
    public async Task Those_with_the_most_and_the_rarest_pictures_come_first()
    {
        await WriteAsync(
            Holding(0, "both", 1, 2), Holding(1, "rare", 1), Holding(2, "common one", 2), Holding(3, "common two", 2), Holding(4, "neither", 3),
            Make.Upsert(5, "of another", 1, "theirs", tenant: "b", images: [Picture(1)]));

        var found = await FindAsync(Query(1, 2) with { Lists = SearchLists.Pictures });
        Assert.Equal(["both", "rare", "common one", "common two"], found.Select(static f => f.Id));
        Assert.Equal([1, 2, 3, 4], found.Select(static f => f.PictureRank));
        Assert.All(found, static f => Assert.Equal((null, null, null), (f.PartRank, f.DocumentRank, f.TextRank)));

        // Beside the other lists it is one more.
        var all = await FindAsync(Query(1));
        Assert.Equal(5, all.Count);
        Assert.All(all, static f => Assert.Equal(f.Id is "both" or "rare", f.PictureRank is not null));
        Assert.All(all, static f => Assert.Equal(new[] { f.PartRank, f.DocumentRank, f.PictureRank }.Sum(static r => r is { } rank ? 1.0 / (60 + rank) : 0), f.FusedScore, 12));
    }

    [Fact]
    public async Task A_picture_that_many_have_says_nothing()
    {
        await WriteAsync([.. Enumerable.Range(0, 51).Select(static i => Holding(i, $"d{i}", 1))]);
        Assert.Empty(await FindAsync(Query(1) with { Lists = SearchLists.Pictures }));
        await WriteAsync(Make.Delete(51, "d0", 2));
        Assert.Equal(50, (await FindAsync(Query(1) with { Lists = SearchLists.Pictures })).Count);
    }

    [Fact]
    public async Task Those_that_hold_the_same_come_in_the_order_of_the_other_lists()
    {
        await WriteAsync([.. Enumerable.Range(0, 3).Select(static i => Holding(i, $"holder {i}", 1)), .. Enumerable.Range(3, 100).Select(static i => Make.Upsert(i, $"d{i}", 1, $"text {i}"))]);
        foreach (var near in new[] { "holder 1", "holder 2" })
        {
            var found = await FindAsync(Query(1) with { Embedding = Make.Embed(near), CandidateCount = 24 });
            Assert.Equal(24, found.Count);
            Assert.Equal((near, 1), (found.Single(static f => f.PictureRank == 1).Id, found.Single(f => f.Id == near).PartRank));
            Assert.Equal([1, 2, 3], found.Select(static f => f.PictureRank).OfType<int>().Order());
        }
    }

    [Fact]
    public async Task Deleted_and_replaced_documents_are_not_found_by_what_they_held()
    {
        await WriteAsync(Holding(0, "goes", 1), Holding(1, "changes", 1), Holding(2, "stays", 1));
        await WriteAsync(Make.Delete(3, "goes", 2), Make.Upsert(4, "changes", 2, "changed", images: [Picture(2)]));
        Assert.Equal(["stays"], (await FindAsync(Query(1) with { Lists = SearchLists.Pictures })).Select(static f => f.Id));
    }

    [Theory]
    [InlineData("$id prefix \"k\"")]
    [InlineData("not $id prefix \"o\"")]
    public async Task Collections_filters_and_exclusions_hold(string filter)
    {
        // Few and many that pass: named, and tried one by one.
        await WriteAsync([
            Holding(0, "k1", 1), Holding(1, "k2", 1), Holding(2, "other", 1), Make.Upsert(3, "k3", 1, "elsewhere", collection: "d", images: [Picture(1)]),
            .. Enumerable.Range(4, 2 * Few).Select(static i => Make.Upsert(i, $"n{i}", 1, $"text {i}"))]);
        foreach (var hnsw in new[] { false, true })
        {
            if (hnsw)
                await ExecuteAsync("CREATE INDEX ON uvlm.part_vector_1 USING hnsw (embedding halfvec_ip_ops); CREATE INDEX ON uvlm.document_vector_1 USING hnsw (embedding halfvec_ip_ops)");
            for (var look = 0; look < 2; look++)
            {
                var found = await FindAsync(Query(1) with { Lists = SearchLists.Pictures, Filter = FilterText.Parse(filter), Collection = "c", Excluded = "k2" });
                Assert.Equal(["k1"], found.Select(static f => f.Id));
            }
        }
    }

    private static byte[] Picture(byte number) => [0x89, (byte)'P', number];

    private static DocumentUpsert Holding(long offset, string id, params byte[] pictures) => Make.Upsert(offset, id, 1, id, images: [.. pictures.Select(Picture)]);

    private static SearchQuery Query(params byte[] pictures)
        => new("a", Make.Embed("the question"), null) { Pictures = [.. pictures.Select(static p => SHA256.HashData(Picture(p)))] };

    private Task<IReadOnlyList<SearchCandidate>> FindAsync(SearchQuery query) => _search.FindCandidatesAsync(query, CancellationToken.None);
}
