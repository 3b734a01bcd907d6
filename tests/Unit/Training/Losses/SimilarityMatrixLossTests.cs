using UnifiedVlm.Tests.Unit.Alignment;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Alignment;
using UnifiedVlm.Training.Losses;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Losses;

public sealed class SimilarityMatrixLossTests : IDisposable
{
    private const int Width = 6;
    private static readonly int[] Lengths = [3, 1, 4, 2, 3];

    private readonly DisposeScope scope = NewDisposeScope();

    public static TheoryData<SimilarityForm, float?> Forms
    {
        get
        {
            var data = new TheoryData<SimilarityForm, float?>();
            foreach (var form in Enum.GetValues<SimilarityForm>())
            {
                data.Add(form, null);
                data.Add(form, 0.3f);
            }

            return data;
        }
    }

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(Forms))]
    public void Loss_and_gradient_match_double_precision(SimilarityForm form, float? similarAbove)
    {
        var options = Options(form, similarAbove);
        var (model, teachers) = (Sequences.UnitRows(new Random(1), Lengths.Sum(), Width), Sequences.UnitRows(new Random(2), Lengths.Sum(), Width));
        var target = SequenceSimilarity.Matrix(new PackedSequences(teachers, Offsets(Lengths), Width), options);

        var value = new SimilarityMatrixLoss(options).Evaluate(tensor(model, [Lengths.Sum(), Width]), Lengths, target);

        Assert.Equal(Reference(DoubleAlignment.Widen(model), target, options), value.Loss, 1e-6);
        var gradient = value.Gradient.data<float>();
        Assert.True(gradient.Max(Math.Abs) > 1e-3);
        for (var k = 0; k < gradient.Length; k++)
            Assert.Equal(DoubleAlignment.Derivative(model, k, rows => Reference(rows, target, options)), gradient[k], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Descent_reaches_the_teachers_matrix(SimilarityForm form, float? similarAbove)
    {
        var options = Options(form, similarAbove);
        var loss = new SimilarityMatrixLoss(options);
        var teachers = Sequences.UnitRows(new Random(3), Lengths.Sum(), 12);
        var target = SequenceSimilarity.Matrix(new PackedSequences(teachers, Offsets(Lengths), 12), options);
        var rows = tensor(Sequences.UnitRows(new Random(4), Lengths.Sum(), Width), [Lengths.Sum(), Width]);

        var first = loss.Evaluate(rows, Lengths, target).Loss;
        var last = first;
        for (var step = 0; step < 500; step++)
        {
            var value = loss.Evaluate(rows, Lengths, target);
            rows = nn.functional.normalize(rows - value.Gradient * 3);
            last = value.Loss;
        }

        Assert.True(last < 0.05 * first, $"{form}: from {first} to {last}");
    }

    [Fact]
    public void The_models_own_matrix_costs_nothing_and_one_sample_says_nothing()
    {
        var loss = new SimilarityMatrixLoss(new SimilarityOptions());
        var rows = Sequences.UnitRows(new Random(5), Lengths.Sum(), Width);
        var own = SequenceSimilarity.Matrix(new PackedSequences(rows, Offsets(Lengths), Width), loss.Options);
        AssertNothing(loss.Evaluate(tensor(rows, [Lengths.Sum(), Width]), Lengths, own));
        AssertNothing(loss.Evaluate(tensor(rows, [Lengths.Sum(), Width]), [Lengths.Sum()], [0.5f]));

        static void AssertNothing(LossValue value)
        {
            Assert.Equal(0, value.Loss);
            Assert.All(value.Gradient.data<float>(), static v => Assert.Equal(0, v));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Leaves_its_gradient_alone_behind(SimilarityForm form, float? similarAbove)
    {
        var rows = ones(3, Width);
        var before = scope.DisposablesCount;
        new SimilarityMatrixLoss(Options(form, similarAbove)).Evaluate(rows, [1, 2], [1, 0.5f, 0.5f, 1]);
        Assert.Equal(before + 1, scope.DisposablesCount);
    }

    [Fact]
    public void The_diagonal_of_the_target_is_not_read()
    {
        var loss = new SimilarityMatrixLoss(new SimilarityOptions());
        var rows = tensor(Sequences.UnitRows(new Random(6), 4, Width), [4, Width]);
        var ones = loss.Evaluate(rows, [2, 2], [1, 0.5f, 0.5f, 1]);
        var zeros = loss.Evaluate(rows, [2, 2], [0, 0.5f, 0.5f, 0]);
        Assert.Equal(ones.Loss, zeros.Loss);
        Assert.Equal(ones.Gradient.data<float>(), zeros.Gradient.data<float>());
    }

    [Fact]
    public void Balance_gives_the_few_similar_pairs_half_of_the_weight()
    {
        // Six samples far apart, for the teachers too except for one pair: 1 of 15 pairs is wrong by nearly 1.
        var rows = eye(6);
        var target = new float[36];
        target[1] = target[6] = 1;
        var flat = new SimilarityMatrixLoss(new SimilarityOptions { Sigma = 0.3f });
        var balanced = new SimilarityMatrixLoss(new SimilarityOptions { Sigma = 0.3f, SimilarAbove = 0.5f });
        int[] lengths = [1, 1, 1, 1, 1, 1];
        Assert.Equal(1 / 15.0, flat.Evaluate(rows, lengths, target).Loss, 1e-3);
        Assert.Equal(0.5, balanced.Evaluate(rows, lengths, target).Loss, 1e-3);
    }

    [Fact]
    public void Alignment_sees_order_and_pooling_does_not()
    {
        float[] rows = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0];
        var sequences = new PackedSequences(rows, [0, 3, 6], 3);
        Assert.Equal(1, SequenceSimilarity.Matrix(sequences, new SimilarityOptions { Form = SimilarityForm.MeanPooled })[1], 1e-6);
        Assert.InRange(SequenceSimilarity.Matrix(sequences, new SimilarityOptions { Form = SimilarityForm.PerStep })[1], 0, 0.2);
    }

    [Fact]
    public void Means_that_vanish_have_no_slope()
    {
        var loss = new SimilarityMatrixLoss(new SimilarityOptions { Form = SimilarityForm.MeanPooled });
        var rows = tensor([1f, 0, -1f, 0, 0, 1f], [3, 2]);
        var value = loss.Evaluate(rows, [2, 1], [1, 0.5f, 0.5f, 1]);
        Assert.Equal(0.25, value.Loss, 1e-6);
        Assert.Equal([0, 0, 0, 0], value.Gradient.data<float>()[..4]);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        var loss = new SimilarityMatrixLoss(new SimilarityOptions());
        var rows = zeros(3, Width);
        Assert.Throws<ArgumentException>("parts", () => loss.Evaluate(zeros(3), [3], [1]));
        Assert.Throws<ArgumentException>("target", () => loss.Evaluate(rows, [1, 2], [1]));
        Assert.Throws<ArgumentException>("lengths", () => loss.Evaluate(rows, [1, 1], new float[4]));
        Assert.Throws<ArgumentException>("lengths", () => loss.Evaluate(rows, [3, 0], new float[4]));
        Assert.Throws<UnusableVectorException>(() => loss.Evaluate(rows + float.NaN, [1, 2], new float[4]));
    }

    /// <summary>The kernel without length correction is next to 0 for unlike sequences, and its slopes too, unless sigma is wide.</summary>
    private static SimilarityOptions Options(SimilarityForm form, float? similarAbove) =>
        new() { Form = form, Sigma = form == SimilarityForm.Normalised ? 2 : 0.8f, SimilarAbove = similarAbove };

    private static double Reference(double[] rows, float[] target, SimilarityOptions options)
    {
        var (offsets, count) = (Offsets(Lengths), Lengths.Length);
        double loss = 0;
        var pairs = (from a in Enumerable.Range(0, count) from b in Enumerable.Range(a + 1, count - a - 1) select (a, b)).ToList();
        var similar = pairs.Count(p => target[p.a * count + p.b] > options.SimilarAbove);
        foreach (var (a, b) in pairs)
        {
            var wanted = target[a * count + b];
            var alike = wanted > options.SimilarAbove;
            var weight = similar == 0 ? 1.0 / pairs.Count : alike ? 0.5 / similar : 0.5 / (pairs.Count - similar);
            loss += weight * Math.Pow(Similarity(Cut(a), Cut(b), options) - wanted, 2);
        }

        return loss;

        double[] Cut(int s) => rows[(offsets[s] * Width)..(offsets[s + 1] * Width)];
    }

    private static double Similarity(double[] x, double[] y, SimilarityOptions options)
    {
        if (options.Form == SimilarityForm.MeanPooled)
        {
            var (u, v) = (Sum(x), Sum(y));
            return Dot(u, v) / Math.Sqrt(Dot(u, u) * Dot(v, v));
        }

        double sigma = options.Sigma;
        var log = DoubleAlignment.LogKernel(x, y, Width, sigma)
            - (DoubleAlignment.LogKernel(x, x, Width, sigma) + DoubleAlignment.LogKernel(y, y, Width, sigma)) / 2;
        return Math.Exp(options.Form == SimilarityForm.PerStep ? log / (Math.Max(x.Length, y.Length) / Width) : log);

        static double[] Sum(double[] rows) =>
            [.. Enumerable.Range(0, Width).Select(k => Enumerable.Range(0, rows.Length / Width).Sum(r => rows[r * Width + k]))];

        static double Dot(double[] a, double[] b) => a.Zip(b, static (p, q) => p * q).Sum();
    }

    private static int[] Offsets(int[] lengths)
    {
        var offsets = new int[lengths.Length + 1];
        for (var s = 0; s < lengths.Length; s++)
            offsets[s + 1] = offsets[s] + lengths[s];
        return offsets;
    }
}
