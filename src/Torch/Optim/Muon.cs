using System.Globalization;

namespace UnifiedVlm.Torch.Modules;

/// <summary>
/// Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon): momentum whose matrix is replaced by the nearest one with all singular values
/// near 1, so that rare directions of the gradient move a weight as far as common ones do. For matrices between hidden states; lookup
/// tables, biases and gains belong to AdamW. Updates are scaled as in arXiv 2502.16982, so that AdamW's learning rate and decay fit.
/// </summary>
public sealed class Muon : IDisposable
{
    // The quintic's coefficients (the post): steep at 0, and within [0.7, 1.2] after five rounds.
    private const double A = 3.4445, B = -4.7750, C = 2.0315;
    private const int Rounds = 5;

    // The root mean square of AdamW's usual update.
    private const double UpdateSize = 0.2;

    // So many keep a GPU busy, which a small matrix leaves idle; more would only take memory for their copies. On a CPU each matrix is the work of one thread.
    private const long WeightsTogetherOnGpu = 1L << 22;

    private readonly Parameter[] parameters;
    private readonly ParamGroup[] groupOf;
    private readonly Tensor[] buffers;
    private readonly int[][] parts;
    private readonly double momentum;
    private readonly ScalarType type;

    /// <param name="type">Float32 or BFloat16: of the products that level the singular values.</param>
    /// <param name="weightsTogether">Matrices of one shape are leveled together as long as they have no more weights than this; where it is not said, the device decides.</param>
    /// <exception cref="ArgumentException">A parameter is no matrix of float32, or is given twice.</exception>
    internal Muon(IReadOnlyList<ParamGroup> groups, double momentum, ScalarType type, long? weightsTogether = null)
    {
        ParamGroups = groups;
        parameters = [.. groups.SelectMany(static g => g.Parameters)];
        groupOf = [.. groups.SelectMany(static g => g.Parameters.Select(_ => g))];
        if (Array.Find(parameters, static p => p.ndim != 2) is { } other)
            throw new ArgumentException($"Muon updates matrices only, not {other}.", nameof(groups));
        // A shorter type would round most updates away.
        if (Array.Find(parameters, static p => p.dtype != ScalarType.Float32) is { } rounded)
            throw new ArgumentException($"Muon updates weights of Float32 only, not {rounded}.", nameof(groups));
        if (parameters.Distinct().Count() != parameters.Length)
            throw new ArgumentException("A parameter is given twice.", nameof(groups));
        (this.momentum, this.type) = (momentum, type);
        buffers = [.. parameters.Select(static p => torch.zeros(p.shape, ScalarType.Float32, p.device).DetachFromDisposeScope())];
        parts = [.. Parts(parameters, weightsTogether)];
    }

    public IReadOnlyList<ParamGroup> ParamGroups { get; }

    /// <summary>Parts of an update: each can be done by itself.</summary>
    public int Count => parts.Length;

    /// <summary>Updates every matrix that has a gradient.</summary>
    public void step()
    {
        for (var i = 0; i < Count; i++)
            step(i);
    }

    /// <summary>Does one part of an update. Different ones may be done by different threads at once.</summary>
    public void step(int part)
    {
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var moved = Array.FindAll(parts[part], i => parameters[i].grad is not null);
        if (moved.Length == 0)
            return;
        var ahead = Array.ConvertAll(moved, i => Lying(Ahead(i)));
        var leveled = ahead.Length == 1 ? [Orthogonalized(ahead[0])] : Orthogonalized(torch.stack(ahead)).unbind();
        foreach (var (i, update) in moved.Zip(leveled))
        {
            var parameter = parameters[i];
            var scale = UpdateSize * Math.Sqrt(Math.Max(parameter.size(0), parameter.size(1)));
            var (lr, decay) = (groupOf[i].LearningRate, groupOf[i].WeightDecay);
            parameter.mul_(1 - lr * decay).add_(IsTall(parameter) ? update.mT : update, -lr * scale);
        }
    }

    /// <summary>What a resumed run needs: <c>i.momentum_buffer</c> by the parameters' positions.</summary>
    public Dictionary<string, Tensor> state_dict() => Enumerable.Range(0, parameters.Length).ToDictionary(NameOf, i => buffers[i], StringComparer.Ordinal);

    /// <exception cref="ArgumentException">A tensor is missing or has another shape; names it. Nothing has been loaded then.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, Tensor> source)
    {
        var values = new Tensor[buffers.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (!source.TryGetValue(NameOf(i), out var value) || !value.shape.AsSpan().SequenceEqual(buffers[i].shape))
                throw new ArgumentException($"The optimiser's state lacks '{NameOf(i)}' of shape [{string.Join(", ", buffers[i].shape)}].", nameof(source));
            values[i] = value;
        }

        using var noGradients = torch.no_grad();
        foreach (var (buffer, value) in buffers.Zip(values))
            buffer.copy_(value);
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            buffer.Dispose();
    }

    /// <summary>
    /// Matrices [..,r,c] with r at most c, each with its singular values brought near 1 by five rounds of a quintic (Newton-Schulz); float32.
    /// </summary>
    internal Tensor Orthogonalized(Tensor matrices)
    {
        var x = matrices.to(ScalarType.Float32);
        var size = x.flatten(-2, -1).norm(-1, keepdim: true).unsqueeze(-1); // [..,r,c] -> [..,r c] -> [..,1] -> [..,1,1]
        x = (x / (size + 1e-7)).to(type);
        for (var round = 0; round < Rounds; round++)
        {
            using var scope = torch.NewDisposeScope();
            var square = x.matmul(x.mT);                           // [..,r,r]
            var polynomial = square * B + square.matmul(square) * C; // [..,r,r]
            x = (x * A + polynomial.matmul(x)).MoveToOuterDisposeScope(); // [..,r,c]
        }

        return x.to(ScalarType.Float32);
    }

    /// <summary>The parameters' numbers by what is leveled together.</summary>
    private static IEnumerable<int[]> Parts(Parameter[] parameters, long? weightsTogether) =>
        Enumerable.Range(0, parameters.Length)
            .GroupBy(i => (Lying(parameters[i].shape), parameters[i].device))
            .SelectMany(group => group.Chunk((int)Math.Max(1, (weightsTogether ?? (group.Key.device.type == DeviceType.CPU ? 0 : WeightsTogetherOnGpu)) / Math.Max(1, parameters[group.First()].numel()))));

    private static (long Rows, long Columns) Lying(ReadOnlySpan<long> shape) => (Math.Min(shape[0], shape[1]), Math.Max(shape[0], shape[1]));

    private static bool IsTall(Tensor matrix) => matrix.size(0) > matrix.size(1);

    /// <summary>The matrix, or its transpose: no more rows than columns, so that its square is the smaller one.</summary>
    private static Tensor Lying(Tensor matrix) => IsTall(matrix) ? matrix.t() : matrix;

    /// <summary>The momentum after this gradient, with Nesterov's look ahead; in the parameter's shape.</summary>
    private Tensor Ahead(int i)
    {
        var (buffer, gradient) = (buffers[i], parameters[i].grad!);
        buffer.mul_(momentum).add_(gradient);
        return buffer * momentum + gradient;
    }

    private static string NameOf(int i) => i.ToString(CultureInfo.InvariantCulture) + ".momentum_buffer";
}
