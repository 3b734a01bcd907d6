using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Configuration;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Model.Adapters;

[Collection(LiveHandles.Collection)]
public sealed class LoraAdapterTests : IDisposable
{
    private readonly AdaptedModel model = new();

    public void Dispose() => model.Dispose();

    [Fact]
    public void A_new_adapter_changes_nothing_and_starts_as_peft_has_it()
    {
        var before = model.Values();
        using var adapter = LoraAdapter.Attach(model.Network, AdaptedModel.Config, 5);
        Assert.True(adapter.IsAttached);
        Assert.Equal(before, model.Values());
        foreach (var (name, parameter) in adapter.named_parameters())
        {
            var values = parameter.detach().data<float>();
            if (name.EndsWith(".lora_B", StringComparison.Ordinal))
            {
                Assert.All(values, static v => Assert.Equal(0, v));
                continue;
            }

            // Kaiming, a = sqrt(5): uniform within 1 / sqrt(in).
            var bound = 1 / MathF.Sqrt(parameter.size(1));
            Assert.Equal(3, parameter.size(0));
            Assert.All(values, v => Assert.InRange(v, -bound, bound));
            Assert.True(values.Max() > 0.7 * bound && values.Min() < -0.7 * bound, name);
        }

        using var same = LoraAdapter.Create(model.Network, AdaptedModel.Config, 5);
        using var other = LoraAdapter.Create(model.Network, AdaptedModel.Config, 6);
        Assert.Equal(First(adapter), First(same));
        Assert.NotEqual(First(adapter), First(other));
    }

    [Fact]
    public void Merged_weights_give_what_the_attached_adapter_gives_and_splitting_restores_the_base()
    {
        var plain = model.Values();
        var weights = Weights();
        using var adapter = model.Adapter();
        adapter.Attach();
        var attached = model.Values();
        Assert.True(Distance(plain, attached) > 0.01, "the adapter changes nothing");

        adapter.Merge();
        Assert.True(Distance(attached, model.Values()) < 1e-5);
        using (AdapterScope.Enter(adapter))
            Assert.True(Distance(attached, model.Values()) < 1e-5, "a merged adapter was added twice");
        Assert.Throws<InvalidOperationException>(adapter.Merge);

        adapter.Split();
        Assert.True(Distance(attached, model.Values()) < 1e-5);
        Assert.Throws<InvalidOperationException>(adapter.Split);
        adapter.Detach();
        Assert.False(adapter.IsAttached);
        foreach (var (name, values) in Weights())
            Assert.True(Distance(weights[name], values) < 1e-6, name);
        Assert.True(Distance(plain, model.Values()) < 1e-5);
    }

    [Fact]
    public void Every_linear_layer_is_a_target_under_its_checkpoint_name()
    {
        using var adapter = LoraAdapter.Create(model.Network, AdaptedModel.Config, 1);
        var layers = adapter.Layers.ToList();
        string[] kinds = ["q_proj", "k_proj", "v_proj", "out_proj", "gate_proj", "up_proj", "down_proj", "qkv_proj", "fc1", "fc2", "proj"];
        Assert.Equal(kinds.Order(), layers.Select(static l => l[(l.LastIndexOf('.') + 1)..]).Distinct().Order());
        Assert.Equal((2 * 4) + 1 + (2 * 7), layers.Count);
        Assert.Contains("decoder.blocks.1.attn.k_proj", layers);
        Assert.Contains("MP.proj", layers);
    }

    [Theory]
    [InlineData("q_proj", "decoder.blocks.0.attn.q_proj,decoder.blocks.1.attn.q_proj")]
    [InlineData("blocks.0.mlp.up_proj", "decoder.blocks.0.mlp.up_proj")]
    [InlineData("MP.proj", "MP.proj")]
    public void Names_match_whole_parts_at_the_end(string name, string layers)
    {
        using var adapter = LoraAdapter.Create(model.Network, AdaptedModel.Config with { Targets = LoraTargets.Named(name) }, 1);
        Assert.Equal(layers.Split(','), adapter.Layers.Order());
    }

    [Fact]
    public void A_pattern_matches_whole_names_and_what_matches_nothing_is_refused()
    {
        using var adapter = LoraAdapter.Create(model.Network, AdaptedModel.Config with { Targets = LoraTargets.Matching(@".*blocks\.1\..*(gate|up)_proj") }, 1);
        Assert.Equal(["decoder.blocks.1.mlp.gate_proj", "decoder.blocks.1.mlp.up_proj"], adapter.Layers.Order());
        Assert.Contains("'w1'", Refused(LoraTargets.Named("q_proj", "w1")).Problem, StringComparison.Ordinal);
        Assert.Contains("q_proj", Refused(LoraTargets.Matching("blocks")).Problem, StringComparison.Ordinal);
        Assert.Equal("r", Assert.Throws<ConfigException>(() => LoraAdapter.Create(model.Network, AdaptedModel.Config with { Rank = 0 }, 1)).Field);

        ConfigException Refused(LoraTargets targets)
        {
            var error = Assert.Throws<ConfigException>(() => LoraAdapter.Create(model.Network, AdaptedModel.Config with { Targets = targets }, 1));
            Assert.Equal("target_modules", error.Field);
            return error;
        }
    }

    [Fact]
    public void The_adapter_learns_and_the_frozen_base_does_not()
    {
        using var scope = NewDisposeScope();
        using var adapter = LoraAdapter.Attach(model.Network, AdaptedModel.Config, 1);
        AdaptedModel.Randomise(adapter, 2);
        model.Network.requires_grad_(false);
        model.States().square().sum().backward();
        Assert.All(adapter.named_parameters(), static p => Assert.True(p.parameter.grad is { } grad && grad.abs().sum().ToDouble() > 0, p.name));
        Assert.All(model.Network.parameters(), static p => Assert.Null(p.grad));
    }

    [Fact]
    public void Gradients_are_those_of_the_product_written_out()
    {
        using var scope = NewDisposeScope();
        using var adapter = LoraAdapter.Attach(model.Network, AdaptedModel.Config with { Targets = LoraTargets.Named("blocks.0.attn.k_proj") }, 1);
        AdaptedModel.Randomise(adapter, 2);
        var (a, b) = (Of(adapter, "lora_A"), Of(adapter, "lora_B"));
        model.States().square().sum().backward();
        var (gradA, gradB) = (a.grad!.clone(), b.grad!.clone());

        // dW of the fused weight's rows of k_proj, chained by hand: dA = scale B' dW, dB = scale dW A'.
        adapter.Merge();
        model.Network.zero_grad();
        model.States().square().sum().backward();
        var fused = model.Network.named_parameters().Single(static p => p.name == "decoder.blocks.0.attn.qkv.weight").parameter;
        var rows = fused.grad!.narrow(0, 32, 16);
        Assert.True(gradA.allclose(b.t().mm(rows) * 2, 1e-3, 1e-4));
        Assert.True(gradB.allclose(rows.mm(a.t()) * 2, 1e-3, 1e-4));
    }

    [Fact]
    public void Dropout_is_on_in_training_only()
    {
        using var adapter = model.Adapter(AdaptedModel.Config with { Dropout = 0.5 });
        adapter.Attach();
        model.Network.eval();
        var evaluated = model.Values();
        Assert.Equal(evaluated, model.Values());
        model.Network.train();
        Assert.True(Distance(evaluated, model.Values()) > 1e-3);
        Assert.True(Distance(model.Values(), model.Values()) > 1e-3);
        model.Network.eval();
        Assert.Equal(evaluated, model.Values());
    }

    [Fact]
    public void A_scope_chooses_for_its_thread_alone()
    {
        var plain = model.Values();
        using var one = model.Adapter(seed: 1);
        using var two = model.Adapter(AdaptedModel.Config with { Targets = LoraTargets.Named("v_proj") }, seed: 2);
        one.Attach();
        Assert.Throws<InvalidOperationException>(two.Attach);
        var attached = model.Values();
        using (AdapterScope.Enter(two))
        {
            var chosen = model.Values();
            Assert.True(Distance(chosen, plain) > 1e-3 && Distance(chosen, attached) > 1e-3);
            using (AdapterScope.Enter(null))
                Assert.Equal(plain, model.Values());
            Assert.Equal(chosen, model.Values());
            float[] elsewhere = [];
            var thread = new Thread(() => elsewhere = model.Values());
            thread.Start();
            thread.Join();
            Assert.Equal(attached, elsewhere);
        }

        Assert.Equal(attached, model.Values());
        one.Detach();
        Assert.Equal(plain, model.Values());
    }

    [Fact]
    public void Nothing_is_left_of_a_disposed_adapter()
    {
        var plain = model.Values();
        var before = LiveHandles.Count();
        using (var adapter = LoraAdapter.Attach(model.Network, AdaptedModel.Config, 1))
        {
            AdaptedModel.Randomise(adapter, 2);
            model.Values();
            adapter.Merge();
            adapter.Split();
        }

        Assert.Equal(before, memory.live_handles);
        Assert.True(Distance(plain, model.Values()) < 1e-5);
    }

    internal static double Distance(float[] a, float[] b) => a.Zip(b, static (x, y) => Math.Abs((double)x - y)).Max();

    private static UnifiedVlm.Torch.Modules.Parameter Of(LoraAdapter adapter, string end) =>
        adapter.named_parameters().Single(p => p.name.EndsWith(end, StringComparison.Ordinal)).parameter;

    private static float[] First(LoraAdapter adapter) => adapter.named_parameters().First().parameter.detach().data<float>();

    private Dictionary<string, float[]> Weights() =>
        model.Network.named_parameters().ToDictionary(static p => p.name, static p => p.parameter.detach().data<float>());
}
