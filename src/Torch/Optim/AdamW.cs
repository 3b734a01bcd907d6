using System.Globalization;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch.Modules;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019): bias-corrected moments, decoupled weight decay. One native call updates all parameters. Moments are
/// float32; a parameter of another type is updated in a float32 copy of itself and rounded.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly Parameter[] parameters;
    private readonly ParamGroup[] groupOf;
    private readonly Tensor[] means;
    private readonly Tensor[] variances;
    private readonly Tensor?[] masters;
    private readonly long[] steps;
    private readonly double beta1;
    private readonly double beta2;
    private readonly double eps;

    internal AdamW(IReadOnlyList<ParamGroup> groups, double beta1, double beta2, double eps)
    {
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.eps = eps;
        ParamGroups = groups;
        parameters = [.. groups.SelectMany(static g => g.Parameters)];
        groupOf = [.. groups.SelectMany(static g => g.Parameters.Select(_ => g))];
        if (parameters.Distinct().Count() != parameters.Length)
            throw new ArgumentException("A parameter is given twice.", nameof(groups));
        steps = new long[parameters.Length];
        means = [.. parameters.Select(NewMoment)];
        variances = [.. parameters.Select(NewMoment)];
        masters = [.. parameters.Select(NewMaster)];
    }

    public IReadOnlyList<ParamGroup> ParamGroups { get; }

    /// <summary>Sets the learning rate of all groups; reads that of the first.</summary>
    public double LearningRate
    {
        get => ParamGroups[0].LearningRate;
        set
        {
            foreach (var group in ParamGroups)
                group.LearningRate = value;
        }
    }

    /// <summary>Updates every parameter that has a gradient.</summary>
    public void step()
    {
        NativeMethods.Check(NativeMethods.uvlm_adamw_step(
            TensorList.Handles(parameters), TensorList.Handles(masters), TensorList.Handles(means), TensorList.Handles(variances), steps,
            Array.ConvertAll(groupOf, static g => g.LearningRate), Array.ConvertAll(groupOf, static g => g.WeightDecay), parameters.Length, beta1, beta2, eps));
        GC.KeepAlive(this);
    }

    public void zero_grad(bool set_to_none = true)
    {
        NativeMethods.Check(NativeMethods.uvlm_zero_grad(TensorList.Handles(parameters), parameters.Length, set_to_none ? 1 : 0));
        GC.KeepAlive(this);
    }

    /// <summary>
    /// What a resumed run needs, by the parameters' positions: <c>0.exp_avg</c>, <c>0.exp_avg_sq</c>, <c>0.master</c> (where there is one) and
    /// <c>step</c>, [n] of int64, which the caller disposes.
    /// </summary>
    public Dictionary<string, Tensor> state_dict()
    {
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["step"] = torch.tensor(steps) };
        foreach (var (name, tensor) in NamedState())
            state.Add(name, tensor);
        return state;
    }

    /// <summary>Takes over what <see cref="state_dict"/> gave, converting the types.</summary>
    /// <exception cref="ArgumentException">A tensor is missing or has another shape; names it. Nothing has been loaded then.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, Tensor> source)
    {
        using var count = Find(source, "step", [steps.Length]).to(ScalarType.Int64);
        var own = NamedState().ToList();
        var values = own.ConvertAll(state => Find(source, state.Name, state.Tensor.shape));
        using var noGradients = torch.no_grad();
        foreach (var (state, value) in own.Zip(values))
            state.Tensor.copy_(value);
        count.copy_to<long>(steps);
    }

    public void Dispose()
    {
        foreach (var (_, tensor) in NamedState())
            tensor.Dispose();
    }

    private static Tensor Find(IReadOnlyDictionary<string, Tensor> source, string name, long[] shape)
    {
        if (!source.TryGetValue(name, out var value))
            throw new ArgumentException($"The optimiser's state lacks '{name}'.", nameof(source));
        return value.shape.AsSpan().SequenceEqual(shape)
            ? value
            : throw new ArgumentException($"'{name}' of the optimiser's state has shape [{string.Join(", ", value.shape)}], not [{string.Join(", ", shape)}].", nameof(source));
    }

    private static Tensor NewMoment(Parameter parameter) =>
        torch.zeros(parameter.shape, ScalarType.Float32, parameter.device).DetachFromDisposeScope();

    private static Tensor? NewMaster(Parameter parameter)
    {
        if (parameter.dtype == ScalarType.Float32)
            return null;
        using var plain = parameter.detach();
        return plain.to(ScalarType.Float32).DetachFromDisposeScope();
    }

    private IEnumerable<(string Name, Tensor Tensor)> NamedState()
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            var prefix = i.ToString(CultureInfo.InvariantCulture);
            yield return (prefix + ".exp_avg", means[i]);
            yield return (prefix + ".exp_avg_sq", variances[i]);
            if (masters[i] is { } master)
                yield return (prefix + ".master", master);
        }
    }
}
