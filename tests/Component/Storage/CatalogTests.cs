using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class CatalogTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task A_page_begins_behind_an_id_and_leaves_out_other_collections_other_tenants_and_what_is_deleted()
    {
        await WriteAsync(
            Make.Upsert(0, "b", 1, "one", title: "B"), Make.Upsert(1, "a", 7, "two"), Make.Upsert(2, "c", 1, "three"), Make.Upsert(3, "d", 1, "four"), Make.Delete(4, "c", 2),
            Make.Upsert(5, "e", 1, "five", collection: "other"), Make.Upsert(6, "f", 1, "six", tenant: "b"));

        Assert.Equal([new("a", 7, null), new("b", 1, "B")], await Store.Catalog.ListAsync("a", "c", "", "", 2, CancellationToken.None));
        Assert.Equal(["d"], await IdsAsync("", after: "b"));
        Assert.Empty(await IdsAsync("", after: "d"));
        Assert.Equal(["c", "other"], await Store.Catalog.ListCollectionsAsync("a", CancellationToken.None));
        Assert.Equal(["c"], await Store.Catalog.ListCollectionsAsync("b", CancellationToken.None));
        Assert.Empty(await Store.Catalog.ListCollectionsAsync("nobody", CancellationToken.None));
    }

    /// <summary>The end of a prefix is the next code point, which is not always the next number, and sometimes there is none.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("a%_\\")]
    [InlineData("é")]
    [InlineData("\uD7FF")]
    [InlineData("\uFFFF")]
    [InlineData("a\U0010FFFF")]
    [InlineData("\U0010FFFF")]
    public async Task A_prefix_finds_what_begins_so_and_nothing_else(string prefix)
    {
        string[] ids = ["A", "a", "a%_\\", "a%_\\x", "aa", "a\U0010FFFF", "a\U0010FFFFz", "b", "e", "é", "éa", "ê", "\uD7FF", "\uD7FFx", "\uE000", "\uFFFF", "\uFFFFx", "😀", "\U0010FFFF", "\U0010FFFFx"];
        await WriteAsync([.. ids.Select(static (id, i) => Make.Upsert(i, id, 1, $"content {i}"))]);
        Assert.Equal(ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal), (await IdsAsync(prefix)).Order(StringComparer.Ordinal));
        Assert.Equal(ids.Length, (await IdsAsync("")).Count);
    }

    [Fact]
    public async Task A_document_comes_with_its_parts_and_its_pictures_names()
    {
        await WriteAsync(Make.Upsert(0, "x", 5, "words", title: "X", images: [[1, 2, 3]]), Make.Upsert(1, "y", 1, "gone"), Make.Delete(2, "y", 2), Make.Upsert(3, "x", 1, "another", tenant: "b"));

        var stored = await Store.Catalog.FindAsync("a", "x", CancellationToken.None);

        Assert.Equal((5L, 5L, "X", "c", "a"), (stored!.Version, stored.Document.Version, stored.Document.Title, stored.Document.Collection, stored.Document.Tenant));
        Assert.Equal(
            [new TextPart("words"), new ImagePart(new BlobImage("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"), "picture of words")],
            stored.Document.Parts);
        Assert.Null(await Store.Catalog.FindAsync("a", "y", CancellationToken.None));
        Assert.Null(await Store.Catalog.FindAsync("a", "never", CancellationToken.None));
        Assert.Equal("another", ((TextPart)(await Store.Catalog.FindAsync("b", "x", CancellationToken.None))!.Document.Parts[0]).Text);
        Assert.Null(await Store.Catalog.FindAsync("c", "x", CancellationToken.None));
    }

    [Fact]
    public async Task How_long_a_document_is_can_be_known_before_it_is_read()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, new string('w', 5000)), Make.Upsert(1, "y", 1, "gone"), Make.Delete(2, "y", 2));
        Assert.InRange((await Store.Catalog.FindLengthAsync("a", "x", CancellationToken.None))!.Value, 5000, 5100);
        Assert.Null(await Store.Catalog.FindLengthAsync("a", "y", CancellationToken.None));
        Assert.Null(await Store.Catalog.FindLengthAsync("b", "x", CancellationToken.None));
    }

    [Fact]
    public async Task A_version_of_the_source_is_not_the_documents_own()
    {
        await WriteAsync(Make.Upsert(0, "x", 5, "words", rule: "local"));
        var stored = await Store.Catalog.FindAsync("a", "x", CancellationToken.None);
        Assert.Equal((5L, null), (stored!.Version, stored.Document.Version));
    }

    private async Task<List<string>> IdsAsync(string prefix, string after = "")
        => [.. (await Store.Catalog.ListAsync("a", "c", prefix, after, 100, CancellationToken.None)).Select(static entry => entry.Id)];
}
