using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Training.Loop;

/// <summary>The optimisers of a run as one: AdamW, and Muon for matrices where the recipe says so.</summary>
internal sealed class Optimizer : IDisposable
{
    private const string MuonPrefix = "muon.";

    private readonly AdamW adamw;
    private readonly Muon? muon;
    private readonly (ParamGroup Group, double Rate)[] rated;
    private readonly Parameter[] matrices;
    private double learningRate;

    public Optimizer(OptimizerSettings settings, IReadOnlyList<TrainedWeight> weights, Precision precision)
    {
        var hasMuon = settings.Matrices == MatrixOptimizer.Muon;
        var groups = weights.GroupBy(weight => (Muon: hasMuon && weight.IsMatrix, weight.Decays, weight.Rate))
            .Select(group => (group.Key.Muon, group.Key.Rate, Group: new ParamGroup(group.Select(static w => w.Parameter), settings.Lr * group.Key.Rate, group.Key.Decays ? settings.WeightDecay : 0)))
            .ToList();
        rated = [.. groups.Select(static g => (g.Group, g.Rate))];
        learningRate = settings.Lr;
        adamw = torch.optim.AdamW(groups.Where(static g => !g.Muon).Select(static g => g.Group), settings.Beta1, settings.Beta2);
        var moved = groups.Where(static g => g.Muon).Select(static g => g.Group).ToList();
        matrices = [.. moved.SelectMany(static g => g.Parameters)];
        muon = moved.Count > 0 ? torch.optim.Muon(moved, type: precision != Precision.Float32 && torch.cpu.supports_bf16 ? ScalarType.BFloat16 : ScalarType.Float32) : null;
    }

    /// <summary>Of weights whose rate is 1.</summary>
    public double LearningRate
    {
        get => learningRate;
        set
        {
            learningRate = value;
            foreach (var (group, rate) in rated)
                group.LearningRate = value * rate;
        }
    }

    /// <summary>Updates every weight that has a gradient.</summary>
    public void Step(PassWorkers workers)
    {
        adamw.step();
        if (muon is not null)
            workers.Run(muon.Count, muon.step);
    }

    /// <summary>Drops the gradients.</summary>
    public void Clear()
    {
        adamw.zero_grad();
        foreach (var matrix in matrices)
            matrix.grad = null;
    }

    /// <summary>What a resumed run needs; the caller disposes "step".</summary>
    public Dictionary<string, Tensor> State()
    {
        var state = adamw.state_dict();
        foreach (var (name, tensor) in muon?.state_dict() ?? [])
            state.Add(MuonPrefix + name, tensor);
        return state;
    }

    /// <exception cref="ArgumentException">A tensor is missing or has another shape; names it.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        adamw.load_state_dict(state);
        muon?.load_state_dict(state.Where(static entry => entry.Key.StartsWith(MuonPrefix, StringComparison.Ordinal)).ToDictionary(static entry => entry.Key[MuonPrefix.Length..], static entry => entry.Value));
    }

    public void Dispose()
    {
        adamw.Dispose();
        muon?.Dispose();
    }
}
