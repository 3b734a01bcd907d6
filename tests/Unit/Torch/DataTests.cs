using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class DataTests
{
    [Fact]
    public void What_goes_in_comes_out()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1.5f, -2f], tensor([1.5f, -2f]).data<float>());
        Assert.Equal([1L << 40, -1L], tensor([1L << 40, -1L]).data<long>());
        Assert.Equal([true, false], tensor([true, false]).data<bool>());
        Assert.Equal([7, 8], tensor([7, 8]).data<int>());
        Assert.Equal([1L, 2L, 3L, 4L], tensor([1f, 2f, 3f, 4f], [2, 2], int64).t().t().data<long>());
        Assert.Equal([1f, 3f, 2f, 4f], tensor([1f, 2f, 3f, 4f], [2, 2]).t().data<float>());
        Assert.Empty(zeros(0).data<float>());
        Assert.Equal([0, 3], zeros(0, 3).shape);
        Assert.Empty(tensor(5f).shape);
    }

    [Fact]
    public void Any_bytes_survive_a_round_trip()
    {
        Prop.ForAll<byte[]>(static bytes =>
        {
            using var scope = NewDisposeScope();
            var even = bytes[..(bytes.Length / 2 * 2)];
            Assert.Equal(even, from_bytes(even, [even.Length / 2], bfloat16).bytes());
            Assert.Equal(bytes, tensor(bytes).bytes());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_a_tensor_writes_is_its_bytes_in_their_order()
    {
        using var scope = NewDisposeScope();
        var numbers = arange(24, float32).view(4, 6);
        foreach (var tensor in new[] { numbers, numbers.t(), numbers.narrow(0, 1, 2), numbers.to(bfloat16), zeros(0) })
        {
            using var stream = new MemoryStream();
            tensor.write_to(stream);
            Assert.Equal(tensor.contiguous().bytes(), stream.ToArray());
        }
    }

    [Fact]
    public void What_is_large_is_written_in_pieces()
    {
        using var scope = NewDisposeScope();
        var numbers = arange(24, float32).view(4, 6);
        foreach (var tensor in new[] { numbers, numbers.t() })
        {
            using var stream = new PieceStream();
            tensor.WriteTo(stream, most: 40);
            Assert.Equal(tensor.contiguous().bytes(), stream.ToArray());
            Assert.Equal([40, 40, 16], stream.Pieces);
        }
    }

    [Fact]
    public void Bfloat16_is_the_upper_half_of_float32_rounded_to_even()
    {
        using var scope = NewDisposeScope();
        var bits = tensor([1f, -2.5f, 1 + 1f / 256, 1 + 3f / 256], bfloat16).data<ushort>();
        Assert.Equal([0x3f80, 0xc020, 0x3f80, 0x3f82], bits);
        Assert.Equal(-2.5f, from_bytes([0x20, 0xc0], [], bfloat16).item<float>());
    }

    [Fact]
    public unsafe void Native_memory_is_copied()
    {
        using var scope = NewDisposeScope();
        float* numbers = stackalloc float[] { 1, 2 };
        var x = from_pointer(numbers, 8, [2], float32);
        numbers[0] = 9;
        Assert.Equal([1f, 2f], x.data<float>());
    }

    [Fact]
    public void A_wrong_number_of_bytes_is_refused_with_both_numbers()
    {
        var e = Assert.Throws<TorchException>(() => from_bytes(new byte[12], [2, 2], float32));
        Assert.Equal("a tensor of shape [2, 2] and type Float takes 16 bytes, but 12 were given", e.Message);
    }

    [Fact]
    public void Reading_another_type_is_refused()
    {
        using var x = tensor([1L]);
        Assert.Contains("Int64", Assert.Throws<InvalidOperationException>(() => x.data<float>()).Message, StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => x.copy_bytes_to(new byte[4]));
    }

    [Fact]
    public void A_span_is_the_tensor_itself()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 2);
        x.span<float>()[3] = 5;
        Assert.Equal(5, x[1, 1].item<float>());
        Assert.Throws<InvalidOperationException>(() => _ = x.t()[..].span<float>().Length);
    }

    [Fact]
    public void Items_convert_and_only_single_ones()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(3, tensor(3L).item<int>());
        Assert.Equal(3.5, tensor(3.5f).item<double>());
        Assert.True(tensor(true).item<bool>());
        Assert.Contains("2 elements", Assert.Throws<TorchException>(() => zeros(2).item<float>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranges()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([0L, 1L, 2L], arange(3).data<long>());
        Assert.Equal([1f, 1.5f], arange(1.0, 2.0, 0.5).data<float>());
        Assert.Equal([0f, 0.5f, 1f], linspace(0, 1, 3).data<float>());
        Assert.Equal([1f, 0f, 0f, 1f], eye(2).data<float>());
        Assert.Equal([0L, 1L, 2L, 3L], randperm(4).sort().values.data<long>());
        Assert.All(randint(3, 5, [50]).data<long>(), static v => Assert.InRange(v, 3, 4));
    }

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda")]
    [InlineData("cuda:1", "cuda:1")]
    public void Devices_by_name(string name, string text) => Assert.Equal(text, device(name).ToString());

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("cpu:3")]
    [InlineData("")]
    public void Other_devices_are_refused_by_name(string name) =>
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => device(name)).Message, StringComparison.Ordinal);

    // In eight bits the one would be the first device, the other the current one.
    [Theory]
    [InlineData("cuda:256")]
    [InlineData("cuda:255")]
    public void A_number_that_libtorch_has_no_room_for_is_refused_whole(string name) =>
        Assert.Contains($"there is no device {name}", Assert.Throws<TorchException>(() => zeros([2], device: name)).Message, StringComparison.Ordinal);

    private sealed class PieceStream : MemoryStream
    {
        public List<int> Pieces { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Pieces.Add(buffer.Length);
            base.Write(buffer);
        }
    }
}
