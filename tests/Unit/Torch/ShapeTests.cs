using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class ShapeTests : OnTestDevice
{
    [Fact]
    public void Views_share_their_storage_and_copies_do_not()
    {
        using var scope = NewDisposeScope();
        var x = arange(6).view(2, 3);
        var view = x.t();
        var copy = x.clone();
        x.fill_(9);
        Assert.All(view.data<long>(), static v => Assert.Equal(9, v));
        Assert.Equal([0L, 1L, 2L, 3L, 4L, 5L], copy.data<long>());
        Assert.False(view.is_contiguous());
        Assert.Equal([1L, 3L], view.stride());
        Assert.True(view.contiguous().is_contiguous());
    }

    [Fact]
    public void Permuted_expanded_and_repeated()
    {
        using var scope = NewDisposeScope();
        var x = arange(6).view(1, 2, 3);
        Assert.Equal([0L, 3L, 1L, 4L, 2L, 5L], x.permute(0, 2, 1).data<long>());
        Assert.Equal([4, 2, 3], x.expand(4, -1, -1).shape);
        Assert.Equal([0L, 0L, 1L, 1L], arange(2).repeat_interleave(2, 0).data<long>());
        Assert.Equal([0L, 1L, 0L, 1L], arange(2).repeat(2).data<long>());
        Assert.Equal([6], x.flatten().shape);
        Assert.Equal([1, 2, 3, 1], x.unflatten(-1, 3, 1).shape);
        Assert.Equal([2, 3], x.squeeze(0).shape);
        Assert.Equal([1, 2, 1, 3], x.unsqueeze(2).shape);
        Assert.Equal([0L, 1L, 0L, 0L], nn.functional.pad(arange(2), [0, 2]).data<long>());
    }

    [Fact]
    public void Pieces_and_joins()
    {
        using var scope = NewDisposeScope();
        var x = arange(10).view(2, 5);
        Assert.Equal([[2, 2], [2, 2], [2, 1]], x.split(2, 1).Select(static p => p.shape));
        Assert.Equal([[2, 1], [2, 4]], x.split([1, 4], 1).Select(static p => p.shape));
        Assert.Equal([[2, 3], [2, 2]], x.chunk(2, 1).Select(static p => p.shape));
        Assert.True(cat(x.split(2, 1), 1).equal(x));
        Assert.True(stack(x.unbind(1), 1).equal(x));
        Assert.Equal([2, 1, 5], stack([x[0], x[1]]).unsqueeze(1).shape);
        Assert.Throws<TorchException>(() => x.split([1, 3], 1));
    }

    [Fact]
    public void Index_expressions()
    {
        using var scope = NewDisposeScope();
        var x = arange(24).view(2, 3, 4);
        Assert.Equal(23, x[1, 2, 3].item<long>());
        Assert.Equal(23, x[^1, ^1, ^1].item<long>());
        Assert.Equal([12L, 13L, 14L, 15L], x[1, 0].data<long>());
        Assert.Equal([2L, 6L, 10L], x[0, .., 2].data<long>());
        Assert.Equal([3L, 15L], x[TensorIndex.Ellipsis, 0, 3].data<long>());
        Assert.Equal([2, 1, 2, 4], x[.., TensorIndex.None, 1..^0].shape);
        Assert.Equal([0L, 2L], x[0, 0, TensorIndex.Slice(step: 2)].data<long>());
        Assert.Equal([22L, 23L], x[x > 21].data<long>());
        Assert.Equal([8L, 0L], x[0, tensor([2L, 0L]), 0].data<long>());

        x[0, 0] = tensor(-1L);
        x.index_put_([1, 2, TensorIndex.Colon], 7);
        x[x.eq(5)] = tensor(50L);
        Assert.Equal([-1L, -1L, -1L, -1L, 4L, 50L], x.flatten()[..6].data<long>());
        Assert.Equal([19L, 7L, 7L, 7L, 7L], x.flatten()[19..].data<long>());
        Assert.Contains("out of bounds", Assert.Throws<TorchException>(() => x[2]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_place_behind_the_last_element_bounds_a_slice_and_is_no_index()
    {
        using var scope = NewDisposeScope();
        var x = arange(5);
        Assert.Equal([3L, 4L], x[^2..].data<long>());
        Assert.Equal([3L, 4L], x[^2..^0].data<long>());
        Assert.Empty(x[^0..].data<long>());
        Assert.Empty(x[^0..3].data<long>());
        Assert.Throws<ArgumentOutOfRangeException>("index", () => x[^0]);
    }

    [Fact]
    public void Class_numbers_without_a_class_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>("x", () => nn.functional.one_hot(tensor([0L, 3L]), 3));
        Assert.Throws<ArgumentOutOfRangeException>("x", () => nn.functional.one_hot(tensor([0L, -1L]), 3));
        Assert.Equal([0, 3], nn.functional.one_hot(zeros(0, int64), 3).shape);
    }

    [Fact]
    public void Gathered_scattered_and_added_by_index()
    {
        using var scope = NewDisposeScope();
        var x = arange(6).view(2, 3);
        Assert.Equal([2L, 0L, 4L, 4L], x.gather(1, tensor([2L, 0L, 1L, 1L], [2, 2])).data<long>());
        Assert.Equal([2L, 5L, 0L, 3L], x.index_select(1, tensor([2L, 0L])).t().contiguous().data<long>());
        Assert.Equal([3L, 6L, 9L, 3L, 4L, 5L], x.index_add(0, tensor([0L, 0L]), x).data<long>());
        Assert.Equal([0L, 9L, 2L, 3L, 4L, 9L], x.masked_fill(tensor([false, true, false, false, false, true], [2, 3]), 9).data<long>());
        Assert.Equal([0L, 7L, 2L, 3L, 4L, 8L], x.masked_scatter(tensor([false, true, false, false, false, true], [2, 3]), tensor([7L, 8L])).data<long>());
        Assert.Equal([0L, 2L, 3L], tensor([true, false, true, true]).nonzero().flatten().data<long>());
        Assert.Equal([1L, 0L, 0L, 0L, 0L, 1L], nn.functional.one_hot(tensor([0L, 2L]), 3).data<long>());
        Assert.Equal([0L, 0L, 0L, 3L, 0L, 0L], x.tril(-1).data<long>());
        Assert.Equal([0L, 1L, 2L, 0L, 4L, 5L], x.triu().data<long>());
        Assert.Equal([0L, 1L, 2L, -1L, -1L, -1L], where(x < 3, x, tensor(-1L)).data<long>());
    }

    [Fact]
    public void Any_slice_is_what_a_loop_takes()
    {
        var bounds = Gen.Choose(-9, 9).ToArbitrary();
        Prop.ForAll(bounds, bounds, Gen.Choose(1, 4).ToArbitrary(), static (start, stop, step) =>
        {
            const int Length = 7;
            using var scope = NewDisposeScope();
            var from = Math.Clamp(start < 0 ? start + Length : start, 0, Length);
            var to = Math.Clamp(stop < 0 ? stop + Length : stop, 0, Length);
            var expected = new List<long>();
            for (var i = from; i < to; i += step)
                expected.Add(i);
            var x = arange(Length);
            Assert.Equal(expected, x[TensorIndex.Slice(start, stop, step)].data<long>());
            Assert.Equal(expected, x.slice(0, start, stop, step).data<long>());
        }).QuickCheckThrowOnFailure();
    }
}
