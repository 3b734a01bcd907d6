using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class ModuleTests : OnTestDevice
{
    [Fact]
    public void Names_are_those_of_a_pytorch_checkpoint()
    {
        using var model = new TinyTransformer();
        Assert.Equal(
            [
                "scale", "tokens.weight", "before.weight", "qkv.weight", "joined.weight", "joined.bias", "between.weight", "between.bias", "mlp.0.weight",
                "mlp.0.bias", "mlp.3.weight", "mlp.3.bias",
            ],
            model.named_parameters().Select(static p => p.name));
        Assert.Equal(["steps"], model.named_buffers().Select(static b => b.name));
        Assert.Equal(13, model.state_dict().Count);
        Assert.Equal(["", "tokens", "before", "qkv", "joined", "between", "mlp", "mlp.0", "mlp.1", "mlp.2", "mlp.3"], model.named_modules().Select(static m => m.name));
    }

    [Fact]
    public void A_state_moves_to_another_model_and_makes_it_equal()
    {
        using var scope = NewDisposeScope();
        using var one = new TinyTransformer();
        using var other = new TinyTransformer();
        one.eval();
        other.eval();
        var ids = arange(12).view(2, 6);
        Assert.False(one.forward(ids).equal(other.forward(ids)));
        other.load_state_dict(one.state_dict());
        Assert.True(one.forward(ids).equal(other.forward(ids)));
        Assert.All(other.parameters(), static p => Assert.True(p.requires_grad && p.is_leaf));
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 3);
        var state = new Dictionary<string, Tensor> { ["weight"] = zeros(3, 2), ["extra"] = zeros(1) };
        Assert.Contains("missing [bias], unexpected [extra]", Assert.Throws<ArgumentException>(() => layer.load_state_dict(state)).Message, StringComparison.Ordinal);
        var (missing, unexpected) = layer.load_state_dict(state, strict: false);
        Assert.Equal(["bias"], missing);
        Assert.Equal(["extra"], unexpected);
        Assert.Equal(0, layer.weight.norm().item<float>());
        state["weight"] = zeros(2, 3);
        Assert.Contains("'weight' has shape [3, 2]", Assert.Throws<ArgumentException>(() => layer.load_state_dict(state, false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_does_not_fit_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 3);
        var before = layer.weight.data<float>();
        var state = new Dictionary<string, Tensor> { ["weight"] = zeros(3, 2), ["bias"] = zeros(4) };
        Assert.Throws<ArgumentException>("source", () => layer.load_state_dict(state));
        Assert.Equal(before, layer.weight.data<float>());
    }

    [Fact]
    public void Converting_keeps_the_objects_and_spares_whole_numbers()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyTransformer();
        var parameters = model.parameters().ToArray();
        model.to(bfloat16);
        Assert.Equal(parameters, model.parameters());
        Assert.All(parameters, static p => Assert.True(p.dtype == bfloat16 && p.requires_grad && p.is_leaf));
        Assert.Equal(int64, model.buffers().Single().dtype);
        model.to(float32).requires_grad_(false);
        Assert.All(parameters, static p => Assert.True(p.dtype == float32 && !p.requires_grad));
        Assert.Equal([1, 3, TinyTransformer.Vocabulary], model.forward(arange(3).unsqueeze(0)).shape);
    }

    [Fact]
    public void Evaluation_switches_dropout_off_everywhere()
    {
        using var scope = NewDisposeScope();
        using var model = new TinyTransformer();
        Assert.All(model.modules(), static m => Assert.True(m.training));
        model.eval();
        Assert.All(model.modules(), static m => Assert.False(m.training));
        var ids = arange(6).view(1, 6);
        Assert.True(model.forward(ids).equal(model.forward(ids)));
    }

    [Fact]
    public void A_shared_parameter_is_one_parameter_with_two_names()
    {
        using var embedding = nn.Embedding(4, 2);
        using var head = new Tied(embedding);
        Assert.Single(head.parameters());
        Assert.Equal(["output", "input.weight"], head.state_dict().Keys);
    }

    [Fact]
    public void Names_are_unique_and_without_dots()
    {
        using var list = nn.ModuleList(nn.Linear(1, 1), nn.Linear(1, 1));
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"], list.named_parameters().Select(static p => p.name));
        using var extra = nn.Linear(1, 1);
        Assert.Contains("'1'", Assert.Throws<ArgumentException>(() => list.register_module("1", extra)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => list.register_module("a.b", extra));
    }

    [Fact]
    public void Disposing_a_model_frees_all_of_it()
    {
        var model = new TinyTransformer();
        var all = model.state_dict().Values.ToArray();
        model.Dispose();
        Assert.All(all, static t => Assert.True(t.IsInvalid));
    }

    [Fact]
    public void Starting_values_have_the_spread_they_promise()
    {
        using var scope = NewDisposeScope();
        var x = empty([200, 300]);
        nn.init.trunc_normal_(x, 1, 0.5, 0.5, 1.5);
        var values = x.data<float>();
        Assert.All(values, static v => Assert.InRange(v, 0.5f, 1.5f));
        Assert.Equal(1, values.Average(), 2);
        // A normal distribution cut at one standard deviation has 0.5396 of its standard deviation left.
        Assert.Equal(0.5396 * 0.5, Math.Sqrt(values.Average(static v => (v - 1) * (v - 1))), 2);
        nn.init.xavier_uniform_(x);
        Assert.InRange(x.data<float>().Max(), 0.95 * Math.Sqrt(6.0 / 500), Math.Sqrt(6.0 / 500));
        nn.init.kaiming_uniform_(x, Math.Sqrt(5));
        Assert.InRange(x.data<float>().Max(), 0.95 / Math.Sqrt(300), 1 / Math.Sqrt(300));
        Assert.Throws<ArgumentException>(() => nn.init.xavier_uniform_(zeros(3)));
        using var parameter = new Parameter(zeros(3));
        nn.init.ones_(parameter);
        Assert.True(parameter.is_leaf);
        Assert.Equal([1f, 1f, 1f], parameter.data<float>());
    }

    private sealed class Tied : nn.Module
    {
        public Tied(Embedding embedding)
        {
            register_module("input", embedding);
            register_parameter("output", embedding.weight);
        }
    }
}
