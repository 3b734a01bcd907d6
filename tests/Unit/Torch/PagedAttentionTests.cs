using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>Attention over scattered blocks against attention over each sequence's keys side by side.</summary>
public sealed class PagedAttentionTests : OnTestDevice
{
    private const int BlockTokens = 4;
    private const int Blocks = 40;

    private readonly Numbers numbers = new(5);

    // Heads of 64 go through the kernel, heads of 6 and float64 through gathering.
    [Theory]
    [InlineData(4, 2, 64, false)]
    [InlineData(3, 1, 16, false)]
    [InlineData(4, 4, 32, false)]
    [InlineData(4, 2, 6, false)]
    [InlineData(4, 2, 64, true)]
    public void Each_new_token_sees_its_sequence_and_itself(int heads, int shared, int width, bool isDouble)
    {
        using var scope = NewDisposeScope();
        long[] lengths = [1, 4, 5, 31, 8, 77];
        var tables = Scatter(lengths);
        var type = isDouble ? float64 : float32;
        var qkv = numbers.Float(lengths.Length, heads + (2 * shared), width).to(type);
        var keys = numbers.Float(Blocks * BlockTokens, shared, width).to(type);
        var values = numbers.Float(Blocks * BlockTokens, shared, width).to(type);
        var (oldKeys, oldValues) = (keys.clone(), values.clone());

        var actual = nn.functional.paged_attention(qkv, keys, values, heads, [.. tables.SelectMany(static table => table)], BlockTokens, lengths);

        Assert.Equal([lengths.Length, heads, width], actual.shape);
        var written = new List<long>();
        for (var s = 0; s < lengths.Length; s++)
        {
            var slots = Enumerable.Range(0, (int)lengths[s]).Select(t => ((long)tables[s][t / BlockTokens] * BlockTokens) + (t % BlockTokens)).ToArray();
            written.Add(slots[^1]);

            // [1,H+2G,E] and what the cache held before it -> [1,G,L,E]
            var token = qkv.narrow(0, s, 1);
            Tensor All(Tensor cache, int first) => cat([cache.index_select(0, tensor(slots)).narrow(0, 0, slots.Length - 1), token.narrow(1, first, shared)])
                .transpose(0, 1).unsqueeze(0);
            var expected = nn.functional.scaled_dot_product_attention(
                token.narrow(1, 0, heads).transpose(0, 1).unsqueeze(0), All(oldKeys, heads), All(oldValues, heads + shared));
            Assert.True(actual.narrow(0, s, 1).allclose(expected.squeeze(0).transpose(0, 1), rtol: 1e-4, atol: 1e-5), $"Sequence {s} differs.");
        }

        // The new tokens' rows are written, and nothing else.
        var rows = tensor(written.ToArray());
        oldKeys.index_copy_(0, rows, qkv.narrow(1, heads, shared));
        oldValues.index_copy_(0, rows, qkv.narrow(1, heads + shared, shared));
        Assert.True(keys.allclose(oldKeys, rtol: 0, atol: 0));
        Assert.True(values.allclose(oldValues, rtol: 0, atol: 0));
    }

    [Theory]
    [InlineData("there is no block 40", 40, 2L)]
    [InlineData("there is no block -1", -1, 2L)]
    [InlineData("length 0", 1, 0L)]
    [InlineData("take 2 blocks but 1 are given", 1, 5L)]
    public void What_does_not_fit_the_cache_is_refused(string problem, int block, long length)
    {
        using var scope = NewDisposeScope();
        var cache = zeros(Blocks * BlockTokens, 2, 16);
        var error = Assert.Throws<TorchException>(() =>
            nn.functional.paged_attention(zeros(1, 8, 16), cache, cache.clone(), 4, [block], BlockTokens, [length]));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        var cache = zeros(Blocks * BlockTokens, 2, 16);
        Assert.Throws<TorchException>(() => nn.functional.paged_attention(zeros(2, 8, 16), cache, cache.clone(), 4, [0], BlockTokens, [1]));
        Assert.Throws<TorchException>(() => nn.functional.paged_attention(zeros(1, 8, 32), cache, cache.clone(), 4, [0], BlockTokens, [1]));
        Assert.Throws<TorchException>(() => nn.functional.paged_attention(zeros(1, 7, 16), cache, cache.clone(), 3, [0], BlockTokens, [1]));
        Assert.Throws<TorchException>(() => nn.functional.paged_attention(zeros(1, 8, 16), cache, cache.clone(), 4, [0], 7, [1]));
    }

    /// <summary>Blocks in no order, none of them twice.</summary>
    private static List<int[]> Scatter(long[] lengths)
    {
        var order = Enumerable.Range(0, Blocks).ToArray();
        new Random(3).Shuffle(order);
        var tables = new List<int[]>();
        var next = 0;
        foreach (var length in lengths)
        {
            var count = (int)(length + BlockTokens - 1) / BlockTokens;
            tables.Add(order[next..(next + count)]);
            next += count;
        }

        return tables;
    }
}
