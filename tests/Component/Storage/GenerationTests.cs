using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class GenerationTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task The_same_model_gets_the_same_generation()
    {
        var again = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Store.Generations.EnsureAsync(Model, Dimension)));
        Assert.All(again, g => Assert.Equal(Ingest.Generation, g));
        Assert.Equal([Ingest.Generation], await Store.Generations.ListAsync());
    }

    [Fact]
    public async Task An_empty_index_makes_room_for_another_model()
    {
        var search = await Store.OpenSearchAsync(Model, Dimension);
        var other = await Store.Generations.EnsureAsync("other-model", 16);
        Assert.Equal([other], await Store.Generations.ListAsync());
        Assert.True(await ScalarAsync<bool>("SELECT to_regclass('uvlm.part_vector_1') IS NULL"));

        // Who still has the old one in hand is told, and nothing is stored.
        var error = await Assert.ThrowsAsync<IndexMismatchException>(() => WriteAsync(Make.Upsert(0, "x", 1, "one")));
        Assert.Equal(other, error.Live);
        await Assert.ThrowsAsync<IndexMismatchException>(() => search.FindCandidatesAsync(new("a", Make.Embed("one"), null), CancellationToken.None));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document"));
    }

    [Fact]
    public async Task An_index_with_vectors_refuses_another_model_and_names_the_command()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var error = await Assert.ThrowsAsync<IndexMismatchException>(() => Store.Generations.EnsureAsync("other-model", Dimension));
        Assert.Equal(Ingest.Generation, error.Live);
        Assert.Contains("uvlm index create", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IndexMismatchException>(() => Store.OpenSearchAsync(Model, 16));
        Assert.Equal([Ingest.Generation], await Store.Generations.ListAsync());
    }

    [Fact]
    public async Task Vectors_of_another_dimension_are_an_error_and_no_dead_letter()
    {
        var upsert = Make.Upsert(0, "x", 1, "one");
        await Assert.ThrowsAsync<IndexMismatchException>(() => WriteAsync(upsert with { Embedding = Make.Embed("one", dimension: 4) }));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
    }

    [Fact]
    public async Task Tables_of_vectors_are_vacuumed_before_a_fifth_of_them_is_dead()
        => Assert.Equal(["document_vector_1", "part_vector_1"], await RowsAsync("""
            SELECT relname FROM pg_class WHERE relnamespace = 'uvlm'::regnamespace AND 'autovacuum_vacuum_scale_factor=0.05' = ANY (reloptions) ORDER BY relname
            """));
}
