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
    private readonly ParamGroup temperature;
    private readonly double temperatureRate;
    private readonly IReadOnlyList<Parameter> matrices;

    /// <param name="matrices">That decay, and go to Muon where there is one.</param>
    /// <param name="decaying">That decay, by AdamW in any case.</param>
    public Optimizer(OptimizerSettings settings, IReadOnlyList<Parameter> matrices, IReadOnlyList<Parameter> decaying, IReadOnlyList<Parameter> others, Parameter logScale, Precision precision)
    {
        var lr = settings.Lr;
        var hasMuon = settings.Matrices == MatrixOptimizer.Muon && matrices.Count > 0;
        this.matrices = hasMuon ? matrices : [];
        temperatureRate = settings.TemperatureRate;
        temperature = new ParamGroup([logScale], lr * temperatureRate, 0);
        adamw = torch.optim.AdamW(
            [new ParamGroup(hasMuon ? decaying : [.. matrices, .. decaying], lr, settings.WeightDecay), new ParamGroup(others, lr, 0), temperature],
            settings.Beta1, settings.Beta2);
        muon = hasMuon ? torch.optim.Muon(matrices, lr, settings.WeightDecay, type: precision != Precision.Float32 && torch.cpu.supports_bf16 ? ScalarType.BFloat16 : ScalarType.Float32) : null;
    }

    public double LearningRate
    {
        get => adamw.LearningRate;
        set
        {
            adamw.LearningRate = value;
            temperature.LearningRate = value * temperatureRate;
            if (muon is not null)
                muon.LearningRate = value;
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
