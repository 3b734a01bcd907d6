using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class ErrorTests
{
    [Fact]
    public void The_message_is_libtorchs_first_line_and_the_details_hold_all_of_it()
    {
        using var x = zeros(2, 3);
        using var y = zeros(4, 5);
        var e = Assert.Throws<TorchException>(() => x.mm(y));
        Assert.Equal("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", e.Message);
        Assert.StartsWith(e.Message, e.Details, StringComparison.Ordinal);
        Assert.Contains('\n', e.Details);
    }

    [Fact]
    public void A_disposed_tensor_is_refused_before_native_code_sees_it()
    {
        var x = zeros(2);
        x.Dispose();
        x.Dispose();
        Assert.True(x.IsInvalid);
        Assert.Throws<ObjectDisposedException>(() => x.exp());
        Assert.Throws<ObjectDisposedException>(() => x.shape);
    }

    [Fact]
    public void Attention_names_what_does_not_fit()
    {
        using var scope = NewDisposeScope();
        var q = zeros([1, 3, 2, 4]);
        var k = zeros([1, 2, 2, 4]);
        Assert.Contains("3 query heads can't share 2 key heads", Attempt(q, k, k), StringComparison.Ordinal);
        Assert.Contains("do not fit together", Attempt(q, zeros([1, 3, 2, 5]), q), StringComparison.Ordinal);
        Assert.Contains("same rank", Attempt(q, zeros(2, 4), q), StringComparison.Ordinal);

        static string Attempt(Tensor q, Tensor k, Tensor v) =>
            Assert.Throws<TorchException>(() => nn.functional.scaled_dot_product_attention(q, k, v)).Message;
    }

    [Fact]
    public void Rms_norm_names_a_weight_of_the_wrong_size()
    {
        using var x = zeros(2, 3);
        using var weight = ones(4);
        Assert.Contains("[4] but the last dimension of the input is 3", Assert.Throws<TorchException>(() => nn.functional.rms_norm(x, weight)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_belongs_to_the_thread_that_made_it()
    {
        using var x = zeros(2, 3);
        using var ours = new Barrier(2);
        string? theirs = null;
        var thread = new Thread(() =>
        {
            ours.SignalAndWait();
            theirs = Assert.Throws<TorchException>(() => x.view(7)).Message;
            ours.SignalAndWait();
        });
        thread.Start();
        ours.SignalAndWait();
        var mine = Assert.Throws<TorchException>(() => x.select(0, 9)).Message;
        ours.SignalAndWait();
        thread.Join();
        Assert.Contains("invalid for input of size 6", theirs, StringComparison.Ordinal);
        Assert.Contains("index 9 out of range", mine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_an_error_not_a_crash()
    {
        Assert.True(cuda.is_available() || Assert.Throws<TorchException>(() => zeros([2], device: "cuda:0")).Message.Length > 0);
    }
}
