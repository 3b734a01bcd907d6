using UnifiedVlm.Model;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Model.Network;

public sealed class DecoderTests : IDisposable
{
    private readonly ModelFolder folder = new();
    private readonly UnifiedModel loaded;
    private readonly IDisposable gradients = no_grad();
    private readonly DisposeScope scope = NewDisposeScope();

    public DecoderTests() => loaded = folder.Load();

    private VisionLanguageModel Model => loaded.Network;

    public void Dispose()
    {
        scope.Dispose();
        gradients.Dispose();
        loaded.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(12, 12)]
    [InlineData(12, 5, 9, 1)]
    public void Packed_sequences_do_not_see_each_other(params int[] lengths)
    {
        var packed = Model.Hidden(Embed(lengths.Sum()), SequenceLayout.Of(lengths));
        var start = 0;
        foreach (var length in lengths)
        {
            var alone = Model.Hidden(Embed(lengths.Sum()).narrow(0, start, length), SequenceLayout.Of(length));
            Assert.True(packed.narrow(0, start, length).allclose(alone, rtol: 1e-4, atol: 1e-5));
            start += length;
        }
    }

    [Fact]
    public void Steps_of_any_length_with_a_cache_give_what_one_pass_gives()
    {
        var embeddings = Embed(20);
        var whole = Model.Hidden(embeddings, SequenceLayout.Of(20));
        using var pool = new KeyValuePool(Model.Config, 20, TestDevice.Name);
        using var cache = pool.TryReserve(20)!;
        var steps = new List<Tensor>();
        var start = 0;
        foreach (var length in new[] { 6, 1, 5, 1, 7 })
        {
            steps.Add(Model.Hidden(embeddings.narrow(0, start, length), SequenceLayout.Continue(length, cache.Length), cache));
            start += length;
        }

        Assert.True(cat(steps).allclose(whole, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void A_later_token_changes_no_earlier_state()
    {
        var states = Model.Hidden(Embed(10), SequenceLayout.Of(10));
        var changed = Embed(10).clone();
        changed.narrow(0, 9, 1).fill_(1);
        var others = Model.Hidden(changed, SequenceLayout.Of(10));
        Assert.True(states.narrow(0, 0, 9).allclose(others.narrow(0, 0, 9), rtol: 1e-4, atol: 1e-5));
        Assert.False(states.narrow(0, 9, 1).allclose(others.narrow(0, 9, 1), rtol: 1e-3, atol: 1e-3));
    }

    [Fact]
    public void Positions_beyond_the_model_are_refused_or_rescaled()
    {
        var embeddings = Embed(300);
        Assert.Throws<ArgumentException>(() => Model.Hidden(embeddings, SequenceLayout.Of(300)));
        var rescaled = Model.Hidden(embeddings, SequenceLayout.Of(300), limit: PositionLimit.RescaleCall);
        Assert.True(rescaled.isfinite().all().ToBoolean());
    }

    [Fact]
    public void A_cache_serves_the_sequence_it_belongs_to()
    {
        using var pool = new KeyValuePool(Model.Config, 5, TestDevice.Name);
        using var cache = pool.TryReserve(5)!;
        Assert.Throws<InvalidOperationException>(() => Model.Hidden(Embed(20), SequenceLayout.Of(20), cache));
        Assert.Throws<ArgumentException>(() => Model.Hidden(Embed(2), SequenceLayout.Continue(2, 1), cache));
        Assert.Throws<ArgumentException>(() => Model.Hidden(Embed(4), SequenceLayout.Of(2, 2), cache));
    }

    [Fact]
    public void Placeholders_must_match_the_pictures() =>
        Assert.Throws<ArgumentException>(() => Model.Embed([1, 2, 3], zeros(1, 4, 32), 3));

    [Fact]
    public void Gradients_reach_every_parameter()
    {
        using var withGradients = enable_grad();
        var image = loaded.Tokenizer.Find("<|image|>")!.Value;
        var pictures = Model.Project(Model.EncodePictures(ones([1, 3, 32, 32], device: TestDevice.Name)));
        var hidden = Model.Hidden(Model.Embed([5, image, image, image, image, 6, 7], pictures, image), SequenceLayout.Of(7));
        nn.functional.cross_entropy(Model.Logits(hidden), tensor(new long[] { 1, 2, 3, 4, 5, 6, 7 }, device: TestDevice.Name)).backward();
        foreach (var (name, parameter) in Model.named_parameters())
            Assert.True(parameter.grad is { } grad && grad.abs().sum().ToDouble() > 0, name);
    }

    private Tensor Embed(int length) => Model.Embed([.. Enumerable.Range(0, length).Select(static i => i * 37 % 8000)], null, -1);
}
