using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class AdamWTests : OnTestDevice
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.95;
    private const double Eps = 1e-8;

    private readonly Numbers numbers = new(5);

    [Theory]
    [InlineData(1000)]
    [InlineData(70_001)]
    public void Follows_the_published_algorithm_over_many_steps(int size)
    {
        using var scope = NewDisposeScope();
        var start = numbers.Normal(size);
        using var parameter = new Parameter(tensor(start, float32));
        var frozen = new Parameter(ones([3]));
        var group = new ParamGroup([parameter, frozen], 1e-2, 0.1);
        using var adam = optim.AdamW([group], Beta1, Beta2, Eps);
        var (w, m, v) = (Numbers.Read(parameter), new double[size], new double[size]);
        for (var step = 1; step <= 50; step++)
        {
            group.LearningRate = 1e-2 * step / 50;
            var gradient = numbers.Normal(size);
            parameter.grad = tensor(gradient, float32);
            adam.step();
            for (var i = 0; i < size; i++)
            {
                w[i] -= group.LearningRate * 0.1 * w[i];
                m[i] = Beta1 * m[i] + (1 - Beta1) * gradient[i];
                v[i] = Beta2 * v[i] + (1 - Beta2) * gradient[i] * gradient[i];
                var mean = m[i] / (1 - Math.Pow(Beta1, step));
                var variance = v[i] / (1 - Math.Pow(Beta2, step));
                w[i] -= group.LearningRate * mean / (Math.Sqrt(variance) + Eps);
            }
        }
        Numbers.AssertClose(w, parameter, 2e-5);
        Assert.Equal([1f, 1f, 1f], frozen.data<float>());
    }

    [Fact]
    public void Tensors_that_are_not_flat_take_the_other_way_to_the_same_numbers()
    {
        using var scope = NewDisposeScope();
        var start = numbers.Normal(12);
        using var flat = new Parameter(tensor(start, [3, 4], float32));
        using var turned = new Parameter(tensor(start, [3, 4], float32).t().contiguous().t());
        Assert.False(turned.is_contiguous());
        using var adam = optim.AdamW([flat, turned], lr: 1e-2, weight_decay: 0.1);
        for (var step = 0; step < 10; step++)
        {
            flat.grad = numbers.Float(3, 4);
            turned.grad = flat.grad!.t().contiguous().t();
            adam.step();
        }
        Numbers.AssertClose(Numbers.Read(flat), turned, 1e-6);
    }

    [Fact]
    public void Small_updates_of_a_bfloat16_parameter_add_up_in_its_float32_master()
    {
        using var scope = NewDisposeScope();
        using var parameter = new Parameter(ones([1], bfloat16));
        using var adam = optim.AdamW([parameter], lr: 1e-4, weight_decay: 0);
        for (var step = 0; step < 100; step++)
        {
            parameter.grad = ones([1], bfloat16);
            adam.step();
        }
        // Each step is 1e-4, an eightieth of what bfloat16 can tell from 1; without a master the parameter would never move.
        Assert.Equal(0.9902, parameter.item<double>(), 2);
        Assert.NotEqual(1, parameter.item<double>());
    }

    [Fact]
    public void A_resumed_optimiser_goes_on_as_if_it_had_never_stopped()
    {
        using var scope = NewDisposeScope();
        var gradients = Enumerable.Range(0, 6).Select(_ => numbers.Float(5)).ToArray();
        using var straight = new Parameter(ones([5]));
        using var one = optim.AdamW([straight]);
        Run(straight, one, gradients);

        using var parameter = new Parameter(ones([5]));
        using var first = optim.AdamW([parameter]);
        Run(parameter, first, gradients[..3]);
        using var second = optim.AdamW([parameter]);
        second.load_state_dict(first.state_dict());
        Run(parameter, second, gradients[3..]);
        Assert.True(parameter.equal(straight));

        var broken = first.state_dict();
        broken.Remove("0.exp_avg_sq");
        Assert.Contains("0.exp_avg_sq", Assert.Throws<ArgumentException>(() => second.load_state_dict(broken)).Message, StringComparison.Ordinal);

        static void Run(Parameter parameter, AdamW adam, Tensor[] gradients)
        {
            foreach (var gradient in gradients)
            {
                parameter.grad = gradient;
                adam.step();
            }
        }
    }

    [Fact]
    public void Gradients_are_scaled_to_their_joint_norm_and_small_ones_left_alone()
    {
        using var scope = NewDisposeScope();
        using var a = new Parameter(zeros(100_000));
        using var b = new Parameter(zeros([3], bfloat16));
        using var untouched = new Parameter(zeros(1));
        a.grad = numbers.Float(100_000);
        b.grad = tensor([3f, 4f, 0f], bfloat16);
        var before = Numbers.Read(a.grad!);
        var norm = Math.Sqrt(before.Sum(static g => g * g) + 25);

        Assert.Equal(norm, nn.utils.clip_grad_norm_([a, b, untouched], 1e6), 3);
        Numbers.AssertClose(before, a.grad!, 0);
        Assert.Equal(norm, nn.utils.clip_grad_norm_([a, b, untouched], 2), 3);
        Numbers.AssertClose([.. before.Select(g => g * 2 / norm)], a.grad!, 1e-6);
        Numbers.AssertClose([6 / norm, 8 / norm, 0], b.grad!, 1e-2);
        Assert.Null(untouched.grad);
    }

    [Fact]
    public void A_graph_that_needs_the_numbers_from_before_is_refused()
    {
        using var scope = NewDisposeScope();
        using var parameter = new Parameter(ones([3]));
        using var adam = optim.AdamW([parameter]);
        var ofWeights = (parameter * parameter).sum();
        ofWeights.backward(retain_graph: true);
        adam.step();
        Assert.Contains("modified by an inplace operation", Assert.Throws<TorchException>(() => ofWeights.backward()).Message, StringComparison.Ordinal);

        parameter.grad = ones([3]);
        var ofGradients = (ones([3]).requires_grad_() * parameter.grad!).sum();
        nn.utils.clip_grad_norm_([parameter], 0.1);
        Assert.Contains("modified by an inplace operation", Assert.Throws<TorchException>(() => ofGradients.backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_does_not_fit_changes_nothing_and_one_of_other_types_is_converted()
    {
        using var scope = NewDisposeScope();
        using var parameter = new Parameter(zeros([2]));
        using var adam = optim.AdamW([parameter]);
        var state = new Dictionary<string, Tensor> { ["step"] = tensor([3f]), ["0.exp_avg"] = ones([2]), ["0.exp_avg_sq"] = ones([3]) };
        Assert.Contains("0.exp_avg_sq", Assert.Throws<ArgumentException>("source", () => adam.load_state_dict(state)).Message, StringComparison.Ordinal);
        Assert.Equal([0f, 0f], adam.state_dict()["0.exp_avg"].data<float>());

        state["0.exp_avg_sq"] = ones([2]);
        adam.load_state_dict(state);
        Assert.Equal([1f, 1f], adam.state_dict()["0.exp_avg"].data<float>());
        Assert.Equal([3L], adam.state_dict()["step"].data<long>());
    }

    [Fact]
    public void A_parameter_given_twice_is_refused()
    {
        using var parameter = new Parameter(zeros(1));
        Assert.Throws<ArgumentException>(() => optim.AdamW([parameter, parameter]));
    }

    [Fact]
    public void Gradients_are_dropped_or_zeroed()
    {
        using var scope = NewDisposeScope();
        using var parameter = new Parameter(zeros(2));
        using var adam = optim.AdamW([parameter]);
        parameter.grad = ones(2);
        adam.zero_grad(set_to_none: false);
        Assert.Equal([0f, 0f], parameter.grad!.data<float>());
        adam.zero_grad();
        Assert.Null(parameter.grad);
    }
}
