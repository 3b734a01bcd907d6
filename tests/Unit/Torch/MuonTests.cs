using UnifiedVlm.Tests.Unit.Training.Losses;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class MuonTests : OnTestDevice
{
    private readonly Numbers numbers = new(9);
    private readonly DisposeScope scope = NewDisposeScope();

    protected override void Dispose(bool disposing)
    {
        scope.Dispose();
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(12, 12)]
    [InlineData(8, 40)]
    [InlineData(40, 8)]
    public void Levels_the_singular_values_and_keeps_their_directions(int rows, int columns)
    {
        var matrix = numbers.Float(rows, columns);
        using var muon = optim.Muon([new Parameter(zeros([rows, columns]))]);

        var leveled = muon.Orthogonalized(matrix);

        Assert.Equal([rows, columns], leveled.shape);
        var square = Square(leveled, rows, columns);
        Assert.InRange(Eigenvalues.Smallest(Doubles(square)), 0.3, 1.6);
        Assert.InRange(-Eigenvalues.Smallest(Doubles(-square)), 0.3, 1.6);

        // U S V' becomes U S' V': with the matrix it makes U S S' U', which is symmetric.
        var product = rows <= columns ? leveled.matmul(matrix.t()) : leveled.t().matmul(matrix);
        Assert.InRange((product - product.t()).abs().max().ToDouble(), 0, 1e-3);
    }

    [Fact]
    public void Moves_by_the_leveled_momentum_that_looks_ahead()
    {
        const double Lr = 1e-2, Decay = 0.1, Momentum = 0.9;
        var start = numbers.Float(6, 10);
        var parameter = new Parameter(start.clone());
        using var muon = optim.Muon([parameter], Lr, Decay, Momentum);
        var (expected, buffer) = (start, zeros([6, 10]));
        for (var step = 0; step < 4; step++)
        {
            var gradient = numbers.Float(6, 10);
            parameter.grad = gradient;
            muon.step();
            buffer = buffer * Momentum + gradient;
            var update = muon.Orthogonalized(buffer * Momentum + gradient) * (0.2 * Math.Sqrt(10));
            expected = expected * (1 - Lr * Decay) - update * Lr;
        }

        Assert.InRange((parameter - expected).abs().max().ToDouble(), 0, 1e-5);
    }

    [Fact]
    public void Matrices_of_one_shape_are_leveled_together_as_each_by_itself()
    {
        // Lying and standing ones, more of a shape than go together, one without a gradient, one alone of its shape.
        (int Rows, int Columns)[] shapes = [(6, 10), (10, 6), (16, 12), (6, 10), (16, 12), (12, 16), (4, 4), (6, 10)];
        var starts = Array.ConvertAll(shapes, shape => randn([shape.Rows, shape.Columns]));
        Parameter[] alone = Array.ConvertAll(starts, static start => new Parameter(start.clone())), alike = Array.ConvertAll(starts, static start => new Parameter(start.clone()));
        using var first = new Muon([new ParamGroup(alone, 1e-2, 0.1)], 0.95, ScalarType.Float32, weightsTogether: 0);
        using var second = new Muon([new ParamGroup(alike, 1e-2, 0.1)], 0.95, ScalarType.Float32, weightsTogether: 250);
        Assert.Equal((8, 5), (first.Count, second.Count));
        for (var i = 0; i < shapes.Length - 1; i++)
            alone[i].grad = alike[i].grad = randn([shapes[i].Rows, shapes[i].Columns]);
        first.step();
        second.step();

        Assert.All(alone.Zip(alike), static pair => Assert.InRange((pair.First - pair.Second).abs().max().ToDouble(), 0, 1e-5));
        Assert.All(alike[..^1].Zip(starts), static pair => Assert.True((pair.First - pair.Second).abs().max().ToDouble() > 1e-3));
        Assert.Equal(0, (alike[^1] - starts[^1]).abs().max().ToDouble());
    }

    [Fact]
    public void Learns_a_map_whose_directions_differ_widely_in_size()
    {
        // Least squares with inputs of sizes 1 to 0.02: the small ones hardly show in the gradient.
        var sizes = tensor([.. Enumerable.Range(0, 8).Select(static i => (float)Math.Pow(0.57, i))]);
        var target = numbers.Float(8, 8);
        var weight = new Parameter(zeros([8, 8]));
        using var muon = optim.Muon([weight], lr: 0.1, weight_decay: 0);
        var losses = new List<double>();
        for (var step = 0; step < 200; step++)
        {
            using var own = NewDisposeScope();
            muon.ParamGroups[0].LearningRate = 0.1 * (200 - step) / 200;
            weight.grad = null;
            var inputs = numbers.Float(64, 8) * sizes;
            var loss = (inputs.matmul(weight.t()) - inputs.matmul(target.t())).pow(2).mean();
            losses.Add(loss.ToDouble());
            loss.backward();
            muon.step();
        }

        Assert.True(losses[^1] < 0.02 * losses[0], $"{losses[0]} -> {losses[^1]}");
    }

    [Fact]
    public void Goes_on_from_its_state()
    {
        var gradients = Enumerable.Range(0, 4).Select(_ => numbers.Float(5, 7)).ToList();
        var straight = new Parameter(ones([5, 7]));
        using var whole = optim.Muon([straight]);
        foreach (var gradient in gradients)
            Step(whole, straight, gradient);

        var parted = new Parameter(ones([5, 7]));
        using var first = optim.Muon([parted]);
        Step(first, parted, gradients[0]);
        Step(first, parted, gradients[1]);
        using var second = optim.Muon([parted]);
        second.load_state_dict(first.state_dict());
        Step(second, parted, gradients[2]);
        Step(second, parted, gradients[3]);

        Assert.Equal(straight.data<float>(), parted.data<float>());
    }

    [Fact]
    public void Leaves_alone_what_has_no_gradient()
    {
        var parameter = new Parameter(ones([3, 4]));
        using var muon = optim.Muon([parameter], weight_decay: 0.5);
        muon.step();
        Assert.All(parameter.data<float>(), static value => Assert.Equal(1f, value));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Assert.Throws<ArgumentException>("groups", () => optim.Muon([new Parameter(ones([3]))]));
        using var muon = optim.Muon([new Parameter(ones([3, 4]))]);
        var error = Assert.Throws<ArgumentException>("source", () => muon.load_state_dict(new Dictionary<string, Tensor> { ["0.momentum_buffer"] = ones([4, 3]) }));
        Assert.Contains("0.momentum_buffer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_of_another_type_or_given_twice_is_refused()
    {
        var twice = new Parameter(ones([3, 4]));
        Assert.Contains("twice", Assert.Throws<ArgumentException>("groups", () => optim.Muon([twice, twice])).Message, StringComparison.Ordinal);
        var rounded = new Parameter(ones([3, 4], bfloat16));
        Assert.Contains("BFloat16", Assert.Throws<ArgumentException>("groups", () => optim.Muon([rounded])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_does_not_fit_changes_nothing()
    {
        using var muon = optim.Muon([new Parameter(zeros([2, 2])), new Parameter(zeros([3, 4]))]);
        var state = new Dictionary<string, Tensor> { ["0.momentum_buffer"] = ones([2, 2]), ["1.momentum_buffer"] = ones([4, 3]) };
        Assert.Throws<ArgumentException>("source", () => muon.load_state_dict(state));
        Assert.All(muon.state_dict()["0.momentum_buffer"].data<float>(), static value => Assert.Equal(0f, value));
    }

    private static void Step(Muon muon, Parameter parameter, Tensor gradient)
    {
        parameter.grad = gradient;
        muon.step();
    }

    private static Tensor Square(Tensor matrix, int rows, int columns) => rows <= columns ? matrix.matmul(matrix.t()) : matrix.t().matmul(matrix);

    private static double[,] Doubles(Tensor square)
    {
        var (n, values) = ((int)square.size(0), square.contiguous().data<float>());
        var doubles = new double[n, n];
        for (var i = 0; i < n * n; i++)
            doubles[i / n, i % n] = values[i];
        return doubles;
    }
}
