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

    private readonly Parameter[] parameters;
    private readonly ParamGroup[] groupOf;
    private readonly Tensor[] buffers;
    private readonly double momentum;
    private readonly ScalarType type;

    /// <param name="type">Float32 or BFloat16: of the products that level the singular values.</param>
    /// <exception cref="ArgumentException">A parameter is no matrix.</exception>
    internal Muon(IReadOnlyList<ParamGroup> groups, double momentum, ScalarType type)
    {
        ParamGroups = groups;
        parameters = [.. groups.SelectMany(static g => g.Parameters)];
        groupOf = [.. groups.SelectMany(static g => g.Parameters.Select(_ => g))];
        if (Array.Find(parameters, static p => p.ndim != 2) is { } other)
            throw new ArgumentException($"Muon updates matrices only, not {other}.", nameof(groups));
        (this.momentum, this.type) = (momentum, type);
        buffers = [.. parameters.Select(static p => torch.zeros(p.shape, ScalarType.Float32, p.device).DetachFromDisposeScope())];
    }

    public IReadOnlyList<ParamGroup> ParamGroups { get; }

    /// <summary>Matrices, each of which can be updated by itself.</summary>
    public int Count => parameters.Length;

    /// <summary>Updates every matrix that has a gradient.</summary>
    public void step()
    {
        for (var i = 0; i < Count; i++)
            step(i);
    }

    /// <summary>Updates one matrix. Different ones may be updated by different threads at once.</summary>
    public void step(int i)
    {
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var parameter = parameters[i];
        if (parameter.grad is not { } gradient)
            return;
        var buffer = buffers[i];
        buffer.mul_(momentum).add_(gradient);

        // Nesterov's look ahead.
        var update = Orthogonalized(buffer * momentum + gradient);
        var scale = UpdateSize * Math.Sqrt(Math.Max(parameter.size(0), parameter.size(1)));
        var (lr, decay) = (groupOf[i].LearningRate, groupOf[i].WeightDecay);
        parameter.mul_(1 - lr * decay).add_(update, -lr * scale);
    }

    /// <summary>What a resumed run needs: <c>i.momentum_buffer</c> by the parameters' positions.</summary>
    public Dictionary<string, Tensor> state_dict() => Enumerable.Range(0, Count).ToDictionary(NameOf, i => buffers[i], StringComparer.Ordinal);

    /// <exception cref="ArgumentException">A tensor is missing or has another shape; names it.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, Tensor> source)
    {
        using var noGradients = torch.no_grad();
        for (var i = 0; i < Count; i++)
        {
            if (!source.TryGetValue(NameOf(i), out var value) || !value.shape.AsSpan().SequenceEqual(buffers[i].shape))
                throw new ArgumentException($"The optimiser's state lacks '{NameOf(i)}' of shape [{string.Join(", ", buffers[i].shape)}].", nameof(source));
            buffers[i].copy_(value);
        }
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            buffer.Dispose();
    }

    /// <summary>The matrix with its singular values brought near 1 by five rounds of a quintic (Newton-Schulz), float32.</summary>
    internal Tensor Orthogonalized(Tensor matrix)
    {
        var isTall = matrix.size(0) > matrix.size(1);
        var x = (isTall ? matrix.t() : matrix).to(ScalarType.Float32); // [r,c] with r <= c: the smaller square
        x = (x / (x.norm() + 1e-7)).to(type);
        for (var round = 0; round < Rounds; round++)
        {
            var square = x.matmul(x.t());                          // [r,r]
            var polynomial = square * B + square.matmul(square) * C; // [r,r]
            x = x * A + polynomial.matmul(x);                      // [r,c]
        }

        x = x.to(ScalarType.Float32);
        return isTall ? x.t() : x;
    }

    private static string NameOf(int i) => i.ToString(CultureInfo.InvariantCulture) + ".momentum_buffer";
}
