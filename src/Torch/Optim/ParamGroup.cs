namespace UnifiedVlm.Torch.Modules;

/// <summary>Parameters that share a learning rate and a weight decay. Both may be changed between steps.</summary>
/// <param name="parameters">Each parameter belongs to one group.</param>
public sealed class ParamGroup(IEnumerable<Parameter> parameters, double lr, double weight_decay)
{
    public IReadOnlyList<Parameter> Parameters { get; } = [.. parameters];

    public double LearningRate { get; set; } = lr;

    public double WeightDecay { get; set; } = weight_decay;
}
