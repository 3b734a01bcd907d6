using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Storage.Search.Recall;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class RecallTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Theory]
    [InlineData(new[] { -0.9, -0.8 }, new[] { -0.9, -0.8, -0.7 }, 1.0)]
    [InlineData(new[] { -0.9, -0.8 }, new[] { -0.9, -0.7 }, 0.5)]
    [InlineData(new[] { -0.9, -0.8 }, new[] { -0.8, -0.8, -0.8 }, 1.0)] // as near as the last
    [InlineData(new[] { -0.9, -0.8 }, new double[0], 0.0)]
    [InlineData(new double[0], new double[0], 1.0)]
    public void Ties_by_distance_count(double[] nearest, double[] found, double recall) => Assert.Equal(recall, RecallProbe.Recall(nearest, found));

    [Fact]
    public async Task An_index_is_measured_against_a_look_at_every_vector()
    {
        await WriteAsync([.. Enumerable.Range(0, 1500).Select(i => Make.Upsert(i, $"d{i}", 1, $"text {i}", tenant: i % 3 == 0 ? "b" : "a"))]);
        var probe = (await Store.OpenRecallAsync("a", "c"))!;
        foreach (var table in Enum.GetValues<RecallTable>())
        {
            Assert.False(await probe.HasIndexAsync(table, CancellationToken.None));
            var sample = await probe.SampleAsync(table, 30, CancellationToken.None);
            Assert.Equal(30, sample.Count);
            Assert.Equal(sample.Select(s => s.Excluded), (await probe.SampleAsync(table, 30, CancellationToken.None)).Select(s => s.Excluded));
            Assert.Equal(1, Assert.Single(await probe.MeasureAsync(table, sample, 10, 10, [], null, CancellationToken.None)).Recall);
        }

        await ExecuteAsync("CREATE INDEX ON uvlm.part_vector_1 USING hnsw (embedding halfvec_ip_ops) WITH (m = 2, ef_construction = 4)");
        Assert.True(await probe.HasIndexAsync(RecallTable.Parts, CancellationToken.None));
        Assert.False(await probe.HasIndexAsync(RecallTable.Documents, CancellationToken.None));
        var done = 0;
        var measures = await probe.MeasureAsync(
            RecallTable.Parts, await probe.SampleAsync(RecallTable.Parts, 50, CancellationToken.None), 10, 10, [1, 1000], (now, of) => done = now == of ? now : done, CancellationToken.None);
        Assert.Equal([null, 1, 1000], measures.Select(m => m.EfSearch));
        Assert.Equal(150, done);
        // A graph with two links a node loses something, and finds more the further it is searched.
        Assert.Equal(1, measures[0].Recall);
        Assert.InRange(measures[1].Recall, 0.05, 0.999);
        Assert.True(measures[2].Recall > measures[1].Recall);
        Assert.All(measures, m => Assert.True(m.P50 > TimeSpan.Zero && m.P95 >= m.P50));
    }

    [Fact]
    public async Task A_tenant_without_vectors_has_no_sample()
    {
        Assert.Equal(GenerationState.Live, (await Store.OpenRecallAsync("nobody", null))!.Generation.State);
        Assert.Empty(await (await Store.OpenRecallAsync("nobody", null))!.SampleAsync(RecallTable.Parts, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Single_lists_and_stored_sequences_are_read()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "walrus", parts: 3), Make.Upsert(1, "y", 1, "penguin"), Make.Upsert(2, "gone", 1, "seal"));
        await WriteAsync(Make.Delete(3, "gone", 2));
        var search = await Store.OpenSearchAsync(Model, Dimension);
        foreach (var lists in (SearchLists[])[SearchLists.Parts, SearchLists.Documents, SearchLists.Text])
        {
            var found = await search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("walrus"), "walrus") { Lists = lists }, CancellationToken.None);
            Assert.Equal(lists == SearchLists.Text ? ["x"] : ["x", "y"], found.Select(f => f.Id).Order());
            Assert.All(found, f => Assert.Equal((lists == SearchLists.Parts, lists == SearchLists.Documents, lists == SearchLists.Text), (f.PartRank is not null, f.DocumentRank is not null, f.TextRank is not null)));
        }

        Assert.Equal(3, (await search.LoadEmbeddingAsync("a", "x", CancellationToken.None))!.Parts.Count);
        foreach (var (tenant, id) in ((string, string)[])[("b", "x"), ("a", "gone"), ("a", "never"), ("a", "\0"), ("a", "'")])
            Assert.Null(await search.LoadEmbeddingAsync(tenant, id, CancellationToken.None));
    }
}
