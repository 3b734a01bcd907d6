using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Model.Network;

[Collection(LiveHandles.Collection)]
public sealed class ActivationCheckpointingTests : IDisposable
{
    private readonly ModelFolder folder = new();
    private readonly UnifiedModel loaded;

    public ActivationCheckpointingTests() => loaded = folder.Load();

    private VisionLanguageModel Model => loaded.Network;

    public void Dispose()
    {
        loaded.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Gradients_are_those_of_a_pass_that_keeps_everything()
    {
        using var scope = NewDisposeScope();
        var expected = Gradients();
        Model.ActivationCheckpointing = true;
        var actual = Gradients();
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, gradient) in expected)
            Assert.True(gradient.allclose(actual[name], 1e-6, 1e-6), name);
    }

    [Fact]
    public void The_graph_may_outlive_the_scope_of_the_forward_pass()
    {
        Model.ActivationCheckpointing = true;
        using var scope = NewDisposeScope();
        Tensor loss;
        using (NewDisposeScope())
            loss = Loss().MoveToOuterDisposeScope();
        loss.backward();
        Assert.NotNull(Model.parameters().First().grad);
    }

    [Fact]
    public void Steps_leave_no_handles()
    {
        Model.ActivationCheckpointing = true;
        Step();
        var before = LiveHandles.Count();
        for (var i = 0; i < 3; i++)
            Step();
        Assert.Equal(before, memory.live_handles);

        void Step()
        {
            using var scope = NewDisposeScope();
            Loss().backward();
            Model.zero_grad();
        }
    }

    [Fact]
    public void The_backward_pass_uses_the_adapter_of_the_forward_pass()
    {
        using var scope = NewDisposeScope();
        using var adapter = LoraAdapter.Create(Model, new LoraConfig { Rank = 2, Alpha = 4, Targets = LoraTargets.All }, 1);
        foreach (var (_, parameter) in adapter.named_parameters())
        {
            using var mode = no_grad();
            parameter.normal_(0, 0.1);
        }

        Model.requires_grad_(false);
        Model.ActivationCheckpointing = true;
        Tensor loss;
        using (AdapterScope.Enter(adapter))
            loss = Loss();
        using (AdapterScope.Enter(null))
            loss.backward();
        Assert.All(adapter.named_parameters(), static p => Assert.True(p.parameter.grad is { } grad && grad.abs().sum().ToDouble() > 0, p.name));
    }

    private Dictionary<string, Tensor> Gradients()
    {
        Model.zero_grad();
        Loss().backward();
        return Model.named_parameters().ToDictionary(static p => p.name, static p => p.parameter.grad!.clone());
    }

    private Tensor Loss()
    {
        var image = loaded.Tokenizer.Find("<|image|>")!.Value;
        var pixels = linspace(-1, 1, 3 * 32 * 32, device: TestDevice.Name).view(1, 3, 32, 32);
        var hidden = Model.Hidden(Model.Embed([5, image, image, image, image, 6, 7], Model.Project(Model.EncodePictures(pixels)), image), SequenceLayout.Of(5, 2));
        return nn.functional.cross_entropy(Model.Logits(hidden), tensor(new long[] { 1, 2, 3, 4, 5, 6, 7 }, device: TestDevice.Name));
    }
}
