using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Care.Words;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class SearchTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private SearchStore _search = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _search = await Store.OpenSearchAsync(Model, Dimension);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ranks_and_scores_are_those_of_brute_force(bool hnsw)
    {
        if (hnsw)
        {
            await ExecuteAsync("""
                CREATE INDEX ON uvlm.part_vector_1 USING hnsw (embedding halfvec_ip_ops); CREATE INDEX ON uvlm.document_vector_1 USING hnsw (embedding halfvec_ip_ops)
                """);
            // A search store that was opened before finds out with its first search.
            await _search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("anything"), null), CancellationToken.None);
        }
        var upserts = Enumerable.Range(0, 120).Select(i => Make.Upsert(i, $"doc{i:D3}", 1, $"text {i}", parts: 1 + i % 4)).ToArray();
        await WriteAsync([.. upserts]);
        // Noise that has to be filtered while the graph is walked.
        await WriteAsync([.. Enumerable.Range(120, 120).Select(i => Make.Upsert(i, $"doc{i:D3}", 1, $"text {i}", tenant: i % 2 == 0 ? "b" : "a", collection: i % 2 == 0 ? "c" : "d"))]);
        var query = Make.Embed("the question", parts: 2);
        var byPart = upserts.OrderBy(u => Distances(u).Min()).Select(u => u.Document.Id).Take(20).ToList();
        var byDocument = upserts.OrderBy(u => Distance(query.DocumentVector, u.Embedding!.DocumentVector)).Select(u => u.Document.Id).Take(20).ToList();
        // A word that only the nearest document has.
        var found = await _search.FindCandidatesAsync(
            new SearchQuery("a", query, $"{int.Parse(byPart[0].AsSpan(3), System.Globalization.CultureInfo.InvariantCulture)}") { Collection = "c", CandidateCount = 20, EfSearch = 1000 }, CancellationToken.None);

        foreach (var candidate in found)
        {
            Assert.Equal(Rank(byPart, candidate.Id), candidate.PartRank);
            Assert.Equal(Rank(byDocument, candidate.Id), candidate.DocumentRank);
            var expected = new[] { candidate.PartRank, candidate.DocumentRank, candidate.TextRank }.Sum(r => r is { } rank ? 1.0 / (60 + rank) : 0);
            Assert.Equal(expected, candidate.FusedScore, 12);
        }
        Assert.Equal(found.Select(f => f.FusedScore).OrderDescending(), found.Select(f => f.FusedScore));
        Assert.Equal(20, found.Count);
        Assert.Equal((byPart[0], 1, 1), (found[0].Id, found[0].PartRank, found[0].TextRank));

        IEnumerable<double> Distances(DocumentUpsert u) =>
            from q in Enumerable.Range(0, 2) from p in Enumerable.Range(0, u.Embedding!.Parts.Count) select Distance(query.PartVector(q), u.Embedding!.PartVector(p));
    }

    [Fact]
    public async Task A_candidate_carries_its_whole_sequence()
    {
        var upsert = Make.Upsert(0, "x", 3, "one", parts: 5, title: "The title");
        await WriteAsync(upsert);

        var found = Assert.Single(await _search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("one"), null), CancellationToken.None));

        Assert.Equal(("x", "c", "The title", 3L, 1, 1, (int?)null), (found.Id, found.Collection, found.Title, found.Version, found.PartRank, found.DocumentRank, found.TextRank));
        Assert.Equal(upsert.Embedding!.Parts, found.Embedding.Parts);
        AssertClose(upsert.Embedding.PartVectors, found.Embedding.PartVectors);
        AssertClose(upsert.Embedding.DocumentVector, found.Embedding.DocumentVector);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(int.MaxValue, 4)]
    public async Task Vectors_come_best_first_until_they_take_what_they_may(int beyondFirst, int expected)
    {
        await WriteAsync([.. Enumerable.Range(0, 4).Select(static i => Make.Upsert(i, $"doc{i}", 1, $"text {i}", parts: 50))]);
        var one = await ScalarAsync<long>("SELECT max(octet_length(vectors))::bigint FROM uvlm.packed_1");
        var query = new SearchQuery("a", Make.Embed("the question"), null) { MaxVectorBytes = one + beyondFirst };

        var found = await _search.FindCandidatesAsync(query, CancellationToken.None);

        Assert.Equal((await _search.FindCandidatesAsync(query with { MaxVectorBytes = long.MaxValue }, CancellationToken.None)).Select(static f => f.Id), found.Select(static f => f.Id));
        Assert.Equal(Enumerable.Range(0, 4).Select(i => i < expected), found.Select(static f => f.HasVectors));
        Assert.Equal(Enumerable.Range(0, 4).Select(i => i < expected ? 50 : 0), found.Select(static f => f.Embedding.Parts.Count));
    }

    [Fact]
    public async Task Documents_are_shown_one_by_one_in_the_order_asked_for_without_those_that_are_gone()
    {
        await WriteAsync([.. Enumerable.Range(0, 3).Select(static i => Make.Upsert(i, $"doc{i}", 1, $"text {i}"))]);
        var shown = new List<string>();
        await _search.ShowDocumentsAsync("a", ["doc2", "gone", "doc0"], document => shown.Add($"{document.Id} {((TextPart)document.Parts[0]).Text}"), CancellationToken.None);
        Assert.Equal(["doc2 text 2", "doc0 text 0"], shown);
        await _search.ShowDocumentsAsync("b", ["doc0"], static _ => Assert.Fail("It is another tenant's."), CancellationToken.None);
    }

    [Fact]
    public async Task Words_are_matched_by_the_documents_language()
    {
        await WriteAsync(
            Make.Upsert(0, "english", 1, "Cropping several images", language: "en-GB"),
            Make.Upsert(1, "german", 1, "Die Häuser am See", language: "de"),
            Make.Upsert(2, "unknown", 1, "Ubuntu kwa wote", language: "zu"),
            Make.Upsert(3, "title", 1, "nothing here", title: "About zebras"));

        Assert.Equal(["english"], await ByWordsAsync("image crop"));
        Assert.Equal(["german"], await ByWordsAsync("haus"));
        Assert.Equal(["unknown"], await ByWordsAsync("WOTE"));
        Assert.Equal(["title"], await ByWordsAsync("zebra"));
        Assert.Empty(await ByWordsAsync("the"));
        Assert.Empty(await ByWordsAsync("\0 \ud800"));
    }

    [Fact]
    public async Task A_language_that_is_not_named_is_detected()
    {
        await WriteAsync(
            Make.Upsert(0, "german", 1, "Die Häuser stehen auf der anderen Seite des Sees und sind nicht mit dem Boot zu sehen.", language: null),
            Make.Upsert(1, "short", 1, "Häuser", language: null), Make.Upsert(2, "named", 1, "Die Häuser stehen auf der anderen Seite und sind nicht zu sehen.", language: "zu"));
        Assert.Equal(["german|german", "named|simple", "short|simple"], await RowsAsync("SELECT id, text_config FROM uvlm.document ORDER BY id"));
        Assert.Equal(["german"], await ByWordsAsync("haus"));
    }

    [Fact]
    public async Task Chinese_Japanese_and_Korean_are_found_by_any_stretch_of_them()
    {
        await WriteAsync(
            Make.Upsert(0, "ja", 1, "東京都の天気は晴れです。", language: "ja", title: "天気予報"), Make.Upsert(1, "zh", 1, "打开阀门之前请先检查水泵", language: null),
            Make.Upsert(2, "ko", 1, "펌프를 시작하기 전에 밸브를 여십시오", language: "ko"), Make.Upsert(3, "mixed", 1, "The pump ポンプA7型 is in 東京駅", language: "en"));
        Assert.Equal(["ja", "mixed"], (await ByWordsAsync("東京")).Order());
        Assert.Equal(["ja", "mixed"], await ByWordsAsync("東京都"));
        Assert.Equal(["ja"], await ByWordsAsync("予報"));
        Assert.Equal(["zh"], await ByWordsAsync("阀门"));
        Assert.Equal(["zh"], await ByWordsAsync("水泵 检查"));
        Assert.Equal(["ko"], await ByWordsAsync("밸브"));
        Assert.Equal(["mixed"], await ByWordsAsync("pumps ポンプ"));
        // One character: at the beginning of a pair, and at the end of a run.
        Assert.Equal(["zh"], await ByWordsAsync("阀"));
        Assert.Equal(["mixed"], await ByWordsAsync("駅"));
        Assert.Equal(["zh"], await ByWordsAsync("泵"));
        Assert.Equal(["ja"], await ByWordsAsync("東京 -駅"));
        Assert.Equal(["mixed"], await ByWordsAsync("東京 -東京都"));
        Assert.Equal(["ja"], await ByWordsAsync("\"東京都の\""));
        Assert.Empty(await ByWordsAsync("\"京東\""));
        // A whole question: some of its pairs.
        Assert.Equal("ja", (await ByWordsAsync("今日の東京都の天気はどうですか"))[0]);
    }

    /// <summary>Rows of the program before: whole runs as words, no language.</summary>
    [Fact]
    public async Task Words_of_an_earlier_program_are_found_as_they_were_and_made_anew()
    {
        const string german = "Die Häuser stehen auf der anderen Seite des Sees und sind nicht mit dem Boot zu sehen.";
        await WriteAsync(Make.Upsert(0, "ja", 1, "東京都の天気", language: null), Make.Upsert(1, "de", 1, german, language: null, images: [[1, 2]]), Make.Upsert(2, "gone", 1, "東京都"), Make.Delete(3, "gone", 2));
        await ExecuteAsync($"""
            UPDATE uvlm.document SET words_version = 0, text_config = 'simple', tsv = uvlm.to_search_vector('simple', NULL, CASE id WHEN 'ja' THEN '東京都の天気' ELSE '{german}' END) WHERE NOT deleted;
            UPDATE uvlm.document SET words_version = 0 WHERE deleted; DELETE FROM uvlm.tenant_text_config WHERE text_config <> 'simple'
            """);
        Assert.Equal(["ja"], await ByWordsAsync("東京都の天気"));
        Assert.Empty(await ByWordsAsync("天気"));
        Assert.Empty(await ByWordsAsync("haus"));

        // One that is being written is left to its writer, and done afterwards.
        await using (var writer = await OpenAdminAsync())
        {
            await using var transaction = await writer.BeginTransactionAsync();
            await using (var hold = new Npgsql.NpgsqlCommand("SELECT FROM uvlm.document WHERE id = 'de' FOR UPDATE", writer))
                await hold.ExecuteNonQueryAsync();
            Assert.Equal(1, await new WordsUpgrade(Store.Sources, NullLogger<WordsUpgrade>.Instance).RunAsync(CancellationToken.None));
        }
        Assert.Equal(["ja"], await ByWordsAsync("天気"));
        Store.UpgradeWords();
        await UntilAsync("SELECT count(*) = 0 FROM uvlm.document WHERE words_version = 0 AND NOT deleted");
        Assert.Equal(["de"], await ByWordsAsync("haus"));
        Assert.Equal(["ja"], await ByWordsAsync("東京都の天気"));
        Assert.Equal(["1|1", "1|1", "2|1"], await RowsAsync("SELECT version, sequence FROM uvlm.document ORDER BY version"));
    }

    [Fact]
    public async Task A_question_finds_documents_with_some_of_its_words_after_those_with_all()
    {
        await WriteAsync(
            Make.Upsert(0, "all", 1, "how to crop a layer to its content"), Make.Upsert(1, "some", 1, "a layer"), Make.Upsert(2, "none", 1, "colours"));

        Assert.Equal(["all", "some"], await ByWordsAsync("How do I crop a layer?"));
        Assert.Equal(["some"], await ByWordsAsync("layer -crop"));
    }

    /// <summary>More documents have a common word than are ranked.</summary>
    [Fact]
    public async Task A_rare_word_is_not_lost_among_documents_with_common_ones()
    {
        await WriteAsync([.. Enumerable.Range(0, 200).Select(i => Make.Upsert(i, $"common{i:D3}", 1, "cropping layers"))]);
        await WriteAsync(Make.Upsert(200, "rare", 1, "an emu crops"), Make.Upsert(201, "both", 1, "layers and cropping: a yak"));
        await ExecuteAsync("ANALYZE uvlm.document");

        Assert.Equal("rare", (await ByWordsAsync("crop the emu of a walrus", count: 2))[0]);
        Assert.Equal("both", (await ByWordsAsync("crop layer yak walrus", count: 2))[0]);
        Assert.Equal(["rare"], await ByWordsAsync("cropped emu", count: 1));
        Assert.Equal(["common000", "common001"], await ByWordsAsync("crop walrus", count: 2));
    }

    [Fact]
    public async Task A_tenant_with_few_of_the_documents_that_have_a_word_finds_its_own()
    {
        await WriteAsync([.. Enumerable.Range(0, 200).Select(i => Make.Upsert(i, $"other{i:D3}", 1, i % 2 == 0 ? "crop layer mask" : "crop layer", tenant: "b"))]);
        await WriteAsync(Make.Upsert(200, "own", 1, "a layer"));
        await ExecuteAsync("ANALYZE uvlm.document");

        // The rarer words are met in a hundred documents of the other tenant, as many as are looked at one word after another.
        Assert.Equal(["own"], await ByWordsAsync("mask crop layer", count: 1));
    }

    [Fact]
    public async Task A_question_of_many_words_and_quotes_finds_what_has_some()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "a pump's red-hot valve opens"), Make.Upsert(1, "y", 1, "valves that open"));
        var many = string.Join(' ', Enumerable.Range(0, 300).Select(static i => $"word{i}"));
        Assert.Equal(["x"], await ByWordsAsync($"{many} red-hot"));
        Assert.Equal(["x"], await ByWordsAsync($"\"pump's red-hot\" it''s \\ {many}"));
        Assert.Equal(["x", "y"], (await ByWordsAsync($"'open' \"the valve\" {many}")).Order());
    }

    [Fact]
    public async Task Deleted_and_replaced_documents_are_not_found_as_they_were()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "walrus"), Make.Upsert(1, "y", 1, "penguin"));
        await WriteAsync(Make.Delete(2, "x", 2), Make.Upsert(3, "y", 2, "seal"));

        Assert.Empty(await ByWordsAsync("walrus"));
        Assert.Empty(await ByWordsAsync("penguin"));
        Assert.Equal(["y"], await ByWordsAsync("seal"));
        Assert.Equal(["y"], (await _search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("walrus"), null), CancellationToken.None)).Select(f => f.Id));
        Assert.Empty(await _search.LoadDocumentsAsync("a", ["x"], CancellationToken.None));
    }

    [Fact]
    public async Task Another_tenant_finds_and_loads_nothing()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "walrus"));
        Assert.Empty(await _search.FindCandidatesAsync(new SearchQuery("b", Make.Embed("walrus"), "walrus"), CancellationToken.None));
        Assert.Empty(await _search.LoadDocumentsAsync("b", ["x"], CancellationToken.None));
    }

    [Fact]
    public async Task A_loaded_document_is_the_one_that_was_stored()
    {
        var document = new InterleavedDocument
        {
            Tenant = "a",
            Id = "x",
            Collection = "c",
            Title = "T",
            Language = "de",
            Time = new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.FromHours(2)),
            Metadata = new System.Text.Json.Nodes.JsonObject { ["k"] = 1 },
            Parts = [new TextPart("one 😀"), new ImagePart(new InlineImage(new byte[] { 0xFF, 0xD8, 0xFF, 9 }), "alt"), new TextPart("two")],
        };
        await WriteAsync(new DocumentUpsert(0, document, DocumentVersion.Explicit(7), Make.Hash("h"), Make.Embed("h"), [new byte[] { 0xFF, 0xD8, 0xFF, 9 }]));

        var loaded = Assert.Single(await _search.LoadDocumentsAsync("a", ["gone", "x"], CancellationToken.None));

        Assert.Equal(
            (document.Id, (long?)7, document.Collection, document.Title, document.Language, document.Time),
            (loaded.Id, loaded.Version, loaded.Collection, loaded.Title, loaded.Language, loaded.Time));
        Assert.Equal("""{"k":1}""", loaded.Metadata!.ToJsonString());
        Assert.Equal([new TextPart("one 😀"), new TextPart("two")], loaded.Parts.OfType<TextPart>());
        var image = Assert.IsType<ImagePart>(loaded.Parts[1]);
        Assert.Equal("alt", image.Alt);
        Assert.Equal(Sha256([0xFF, 0xD8, 0xFF, 9]), Assert.IsType<BlobImage>(image.Source).Sha256);
    }

    [Fact]
    public async Task Pictures_that_documents_of_the_tenant_show_are_measured_and_loaded_and_no_others()
    {
        byte[] shown = [0xFF, 0xD8, 0xFF, 9], replaced = [2], foreign = [3], uploaded = [4], never = [5];
        await WriteAsync(
            Make.Upsert(0, "x", 1, "one", images: [shown]), Make.Upsert(1, "y", 1, "two", images: [shown, replaced]), Make.Upsert(2, "z", 1, "three", tenant: "b", images: [foreign]));
        await WriteAsync(Make.Upsert(3, "y", 2, "four", images: [shown]));
        await Store.Blobs.PutAsync("a", uploaded, CancellationToken.None);
        string[] hashes = [Sha256(shown), Sha256(replaced), Sha256(foreign), Sha256(uploaded), Sha256(never)];

        var measured = Assert.Single(await _search.MeasurePicturesAsync("a", hashes, CancellationToken.None));
        Assert.Equal((hashes[0], 4L), (measured.Key, measured.Value));
        var loaded = Assert.Single(await _search.LoadPicturesAsync("a", hashes, CancellationToken.None));
        Assert.Equal((hashes[0], "image/jpeg"), (loaded.Key, loaded.Value.MediaType));
        Assert.Equal(shown, loaded.Value.Data.ToArray());
        Assert.Empty(await _search.LoadPicturesAsync("c", hashes, CancellationToken.None));
    }

    [Fact]
    public async Task A_query_of_another_dimension_is_refused_with_what_to_do()
    {
        var error = await Assert.ThrowsAsync<IndexMismatchException>(
            () => _search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("x", dimension: 4), null), CancellationToken.None));
        Assert.Contains("uvlm index create", error.Message, StringComparison.Ordinal);
    }

    private static string Sha256(byte[] picture) => Convert.ToHexStringLower(SHA256.HashData(picture));

    private async Task<string[]> ByWordsAsync(string text, int count = 200)
    {
        var query = new SearchQuery("a", Make.Embed("unrelated"), text) { Lists = SearchLists.Text, CandidateCount = count };
        var found = await _search.FindCandidatesAsync(query, CancellationToken.None);
        return [.. found.Where(f => f.TextRank is not null).OrderBy(f => f.TextRank).Select(f => f.Id)];
    }

    private static int? Rank(List<string> ids, string id) => ids.IndexOf(id) is >= 0 and var i ? i + 1 : null;

    /// <summary>By inner product over what sixteen bits keep.</summary>
    private static double Distance(ReadOnlyMemory<float> a, ReadOnlyMemory<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum -= (double)(float)(Half)a.Span[i] * (float)(Half)b.Span[i];
        return sum;
    }

    private static void AssertClose(ReadOnlyMemory<float> expected, ReadOnlyMemory<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal((float)(Half)expected.Span[i], actual.Span[i]);
    }
}
