using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class VectorIndexStatusTests
{
    [Theory]
    [InlineData(VectorIndexState.Exact, null, "exact")]
    [InlineData(VectorIndexState.Building, 0.439, "exact, HNSW 43 % built")]
    [InlineData(VectorIndexState.Building, null, "exact, HNSW being built")]
    [InlineData(VectorIndexState.Hnsw, null, "HNSW, m 8, ef_construction 40")]
    public void It_says_how_parts_are_searched(VectorIndexState parts, double? progress, string expected)
        => Assert.Equal(expected, new VectorIndexStatus(parts, VectorIndexState.Exact, progress, new HnswOptions(8, 40)).ToString());

    [Theory]
    [InlineData(30_000, 256, 30_000)]
    [InlineData(30_000, 1024, 15_000)]
    [InlineData(30_000, 4000, 5_106)]
    [InlineData(1, 4000, 1)]
    public void Longer_vectors_are_searched_exactly_up_to_fewer_of_them(long usual, int dimension, long expected)
        => Assert.Equal(expected, ExactSearch.Rows(usual, dimension));
}
