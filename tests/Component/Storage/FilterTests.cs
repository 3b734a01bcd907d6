using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class FilterTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const int Few = 50;

    private SearchStore _search = null!;

    protected override StoreOptions Options => base.Options with { FewDocuments = Few };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _search = await Store.OpenSearchAsync(Model, Dimension);
    }

    [Fact]
    public async Task Comparisons_are_typed_and_a_filter_and_its_opposite_part_the_documents()
    {
        (string Id, string? Metadata)[] stored =
        [
            ("none", null), ("empty", "{}"), ("de", """{"lang":"de","year":2020,"draft":false}"""), ("en", """{"lang":"en","year":2021.5,"site":{"north":"yes"}}"""),
            ("list", """{"lang":["de","en"],"tags":["valve",7,null],"year":"2020"}"""), ("null", """{"lang":null,"draft":true}"""), ("deep", """{"site":{"north":["a"]},"a b":1,"größe":-3}"""),
        ];
        await WriteAsync([.. stored.Select((d, i) => With(Make.Upsert(i, d.Id, 1, d.Id, title: d.Id == "de" ? "Pumpe" : null), d.Metadata, null))]);

        foreach (var (filter, expected) in ((string, string)[])
        [
            ("lang = \"de\"", "de"), ("lang != \"de\"", "deep empty en list none null"), ("lang has \"de\"", "list"), ("tags has 7", "list"), ("tags has null", "list"),
            ("tags has \"7\"", ""), ("lang = null", "null"), ("exists lang", "de en list null"), ("not exists lang", "deep empty none"),
            ("year = 2020", "de"), ("year = 2020.0", "de"), ("year > 2020", "en"), ("year >= 2020", "de en"), ("year >= \"2\"", "list"), ("year < 1e300", "de en"),
            ("draft = true", "null"), ("draft = false", "de"), ("not draft = true", "de deep empty en list none"),
            ("lang in (\"de\", \"en\", null)", "de en null"), ("lang prefix \"d\"", "de"), ("lang prefix \"\"", "de en"), ("site.north = \"yes\"", "en"), ("site.north has \"a\"", "deep"),
            ("`a b` = 1 and größe < 0", "deep"), ("$title prefix \"Pum\"", "de"), ("exists $title", "de"), ("$id in (\"de\", \"none\")", "de none"),
            ("$language = \"en\" and $collection = \"c\" and $id = \"empty\"", "empty"), ("$collection = \"other\"", ""),
            ("lang = \"de\" and (year >= 2020 or tags has \"valve\") and not draft = true", "de"),
        ])
        {
            Assert.Equal((filter, expected), (filter, await PassingAsync(filter)));
            var opposite = (await PassingAsync($"not ({filter})")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(stored.Select(d => d.Id).Order(StringComparer.Ordinal), opposite.Concat(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_number_is_found_by_the_digits_that_were_sent()
    {
        string[] sent = ["1e-30", "1.380649e-23", "0", "-0.5", "1E3", "0.1234567890123456789012345678901", "9007199254740993", "9007199254740992", "12345678901234567890123", "1.10"];
        await WriteAsync([.. sent.Select((number, i) => With(Make.Upsert(i, $"d{i:D2}", 1, "text"), Metadata(number), null))]);
        for (var i = 0; i < sent.Length; i++)
            Assert.Equal((sent[i], $"d{i:D2}"), (sent[i], await PassingAsync($"x = {sent[i]}")));
        Assert.Equal("d00 d02 d03", await PassingAsync("x < 1e-29"));
        Assert.Equal("d00 d01", await PassingAsync("x > 0 and x < 1e-20"));

        // As the pipeline stores it.
        static string Metadata(string number) => DocumentJson.Parse(
            System.Text.Encoding.UTF8.GetBytes($$"""{"id": "a", "parts": [{"type": "text", "text": "a"}], "metadata": { "x": {{number}} } }"""), new DocumentReadOptions()).Metadata!.ToJsonString();
    }

    [Fact]
    public async Task Hostile_texts_are_values_and_names_and_nothing_else()
    {
        string[] hostile = ["'; DROP TABLE uvlm.document; --", "\" || true", "\\\" || 1 == 1", "$v0", "${x}", "') OR 1=1", "a\\u0022", "{path}", "\u2028\u0001", "@tenant", "*", "x\") || ($.\"y"];
        await WriteAsync([.. hostile.Select((text, i) => With(
            Make.Upsert(i, $"d{i:D2}", 1, $"text {i}"), new JsonObject { ["value"] = text, [text] = 1 }.ToJsonString(), null))]);
        for (var i = 0; i < hostile.Length; i++)
        {
            foreach (var filter in (Filter[])
            [
                new FilterComparison(FilterField.Metadata(["value"]), FilterOperator.Equal, FilterValue.Text(hostile[i])),
                new FilterComparison(FilterField.Metadata([hostile[i]]), FilterOperator.Equal, FilterValue.Number("1")),
                new FilterAnd([new FilterExists(FilterField.Metadata([hostile[i]])), new FilterComparison(FilterField.Metadata(["value"]), FilterOperator.Prefix, FilterValue.Text(hostile[i]))]),
            ])
            {
                Assert.Equal($"d{i:D2}", await PassingAsync(filter));
                Assert.Equal($"d{i:D2}", await PassingAsync(FilterText.Parse(filter.ToString())));
            }
        }
        Assert.Equal(hostile.Length, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document"));
    }

    [Fact]
    public async Task Times_are_instants_and_documents_without_one_have_none()
    {
        await WriteAsync(
            With(Make.Upsert(0, "old", 1, "one"), null, "2025-12-31T23:59:59.999999Z"), With(Make.Upsert(1, "new", 1, "two"), null, "2026-01-01T01:00:00+01:00"),
            Make.Upsert(2, "never", 1, "three"));
        Assert.Equal("new", await PassingAsync("$time >= \"2026-01-01\""));
        Assert.Equal("old", await PassingAsync("$time < \"2026-01-01T00:00:00Z\""));
        Assert.Equal("never new", await PassingAsync("not $time < \"2026-01-01\""));
        Assert.Equal("new old", await PassingAsync("exists $time"));
        Assert.Equal("never new old", await PassingAsync("$stored > \"2026-01-01\""));
        Assert.Equal("old", await PassingAsync(Filter.Between(null, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))!));
        Assert.Equal("old", await PassingAsync("$time = \"2025-12-31T23:59:59.999999Z\" or $time = \"2031-01-01\""));
    }

    /// <summary>Few and many that pass, with indexes and without, all lists: what an exact look at everything that passes gives.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Filtered_lists_are_those_of_brute_force(bool hnsw)
    {
        const int count = 3000;
        var upserts = Enumerable.Range(0, count).Select(i => With(
            Make.Upsert(i, $"doc{i:D4}", 1, $"common text {i}", collection: i % 5 == 0 ? "other" : "c"),
            new JsonObject { ["number"] = i, ["lang"] = i % 3 == 0 ? "de" : "en", ["tags"] = new JsonArray($"t{i % 100}", "all") }.ToJsonString(), null)).ToArray();
        await WriteAsync([.. upserts]);
        if (hnsw)
            await ExecuteAsync("CREATE INDEX ON uvlm.part_vector_1 USING hnsw (embedding halfvec_ip_ops); CREATE INDEX ON uvlm.document_vector_1 USING hnsw (embedding halfvec_ip_ops)");
        await ExecuteAsync("ANALYZE");
        var query = Make.Embed("the question", parts: 2);

        foreach (var (filter, passes) in ((string, Func<int, bool>)[])
        [
            ("tags has \"t7\"", static i => i % 100 == 7), ("number < 20 or tags has \"t3\"", static i => i < 20 || i % 100 == 3), // few
            ("lang = \"de\"", static i => i % 3 == 0), ("number >= 500 and not lang = \"de\"", static i => i >= 500 && i % 3 != 0), // many
            ("lang = \"fr\"", static _ => false),
        ])
        {
            foreach (var collection in (string?[])[null, "other"])
            {
                var right = upserts.Where((u, i) => passes(i) && (collection is null || u.Document.Collection == collection)).ToArray();
                var found = await _search.FindCandidatesAsync(
                    new SearchQuery("a", query, "common") { Collection = collection, Filter = FilterText.Parse(filter), CandidateCount = 40, EfSearch = 1000 }, CancellationToken.None);
                var byPart = right.OrderBy(u => Distances(u).Min()).ThenBy(u => u.Document.Id, StringComparer.Ordinal).Select(u => u.Document.Id).Take(40).ToList();
                var byDocument = right.OrderBy(u => Distance(query.DocumentVector, u.Embedding!.DocumentVector)).Select(u => u.Document.Id).Take(40).ToList();
                Assert.Equal(Math.Min(40, right.Length), found.Count);
                Assert.All(found, f =>
                {
                    Assert.Contains(right, u => u.Document.Id == f.Id);
                    Assert.Equal((filter, f.Id, Rank(byPart, f.Id)), (filter, f.Id, f.PartRank));
                    Assert.Equal((filter, f.Id, Rank(byDocument, f.Id)), (filter, f.Id, f.DocumentRank));
                });
                Assert.Equal(found.Count > 0, found.Any(f => f.TextRank is not null));
            }
        }

        IEnumerable<double> Distances(DocumentUpsert u) =>
            from q in Enumerable.Range(0, 2) from p in Enumerable.Range(0, u.Embedding!.Parts.Count) select Distance(query.PartVector(q), u.Embedding!.PartVector(p));
    }

    [Fact]
    public async Task A_document_that_is_left_out_is_in_no_list()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "walrus"), Make.Upsert(1, "y", 1, "walrus too"));
        foreach (var filter in (Filter?[])[null, FilterText.Parse("not exists nothing")])
        {
            var found = await _search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("walrus"), "walrus") { Excluded = "x", Filter = filter }, CancellationToken.None);
            Assert.Equal(["y"], found.Select(f => f.Id));
        }
    }

    [Fact]
    public async Task Equality_uses_the_index_on_metadata_and_times_their_own()
    {
        await ExecuteAsync("""
            INSERT INTO uvlm.document (tenant, id, collection, version, version_rule, content_hash, deleted, sequence, part_count, source_log, source_topic,
                source_partition, source_offset, metadata, time)
            SELECT 'a', 'many' || i, 'c', 1, 'explicit', '', false, 1, 0, '', '', 0, 0, jsonb_build_object('n', i), '2000-01-01'::timestamptz + i * interval '1 hour' FROM generate_series(1, 20000) i;
            ANALYZE uvlm.document
            """);
        foreach (var (filter, index) in ((string, string)[])[("n = 777", "document_metadata"), ("n in (1, 2, 3) and n < 9", "document_metadata"), ("$time < \"2000-01-02\"", "document_time")])
        {
            var compiled = FilterCompiler.Compile(FilterText.Parse(filter));
            var contains = compiled.Contains is null ? "true" : $"d.metadata @> ANY (ARRAY[{string.Join(',', compiled.Contains.Select(static c => $"'{c}'"))}]::jsonb[])";
            var to = compiled.To is { } time ? $"d.time <= '{time.ToString("O", CultureInfo.InvariantCulture)}'" : "true";
            var plan = await RowsAsync($"EXPLAIN SELECT d.id FROM uvlm.document d WHERE d.tenant = 'a' AND NOT d.deleted AND {contains} AND {to} AND uvlm.passes('{compiled.Path}', '{compiled.Values}', {compiled.UsesDocument}, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at) LIMIT 10");
            Assert.Contains(plan, line => line.Contains(index, StringComparison.Ordinal));
            // Put in the place of its call.
            Assert.Contains(plan, static line => line.Contains("jsonb_path_match", StringComparison.Ordinal));
        }
    }

    private async Task<string> PassingAsync(string filter) => await PassingAsync(FilterText.Parse(filter));

    private async Task<string> PassingAsync(Filter filter)
    {
        var found = await _search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("x"), null) { Filter = filter }, CancellationToken.None);
        return string.Join(' ', found.Select(f => f.Id).Order(StringComparer.Ordinal));
    }

    private static DocumentUpsert With(DocumentUpsert upsert, string? metadata, string? time) => upsert with
    {
        Document = upsert.Document with
        {
            Metadata = metadata is null ? null : JsonNode.Parse(metadata)!.AsObject(),
            Time = time is null ? null : DateTimeOffset.Parse(time, CultureInfo.InvariantCulture),
        },
    };

    private static int? Rank(List<string> ids, string id) => ids.IndexOf(id) is >= 0 and var i ? i + 1 : null;

    private static double Distance(ReadOnlyMemory<float> a, ReadOnlyMemory<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum -= (double)(float)(Half)a.Span[i] * (float)(Half)b.Span[i];
        return sum;
    }
}
