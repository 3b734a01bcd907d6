namespace UnifiedVlm.Training.Loop;

/// <summary>Steps of an interval that is not over, summed up. A checkpoint keeps them: a run that is stopped among them loses none of them for its metrics.</summary>
internal sealed record OpenInterval
{
    /// <summary>Steps done at the end of the last one.</summary>
    public int Step { get; init; }

    /// <summary>How many are summed up.</summary>
    public int Steps { get; init; }

    /// <summary>By their names in recipes.</summary>
    public IReadOnlyDictionary<string, LossSum> Losses { get; init; } = new Dictionary<string, LossSum>();

    /// <summary>Of the last step, as is <see cref="Temperature"/>.</summary>
    public double LearningRate { get; init; }

    public double Temperature { get; init; }

    /// <summary>The largest one.</summary>
    public double Norm { get; init; }

    public double Seconds { get; init; }

    public double DataSeconds { get; init; }

    public double OptimizerSeconds { get; init; }

    public double Flops { get; init; }

    public long Tokens { get; init; }

    public long Samples { get; init; }

    /// <summary>With one step more.</summary>
    public OpenInterval Plus(StepReport step)
    {
        var losses = new Dictionary<string, LossSum>(Losses, StringComparer.Ordinal);
        foreach (var (name, value) in step.Losses.Parts())
            losses[name] = losses.TryGetValue(name, out var before) ? new LossSum(before.Sum + value, before.Steps + 1) : new LossSum(value, 1);
        return new OpenInterval
        {
            Step = step.Step,
            Steps = Steps + 1,
            Losses = losses,
            LearningRate = step.LearningRate,
            Temperature = step.Temperature,
            Norm = Math.Max(Norm, step.Norm),
            Seconds = Seconds + step.Time.TotalSeconds,
            DataSeconds = DataSeconds + step.DataTime.TotalSeconds,
            OptimizerSeconds = OptimizerSeconds + step.OptimizerTime.TotalSeconds,
            Flops = Flops + step.Flops,
            Tokens = Tokens + step.Losses.Tokens,
            Samples = Samples + step.Losses.Samples,
        };
    }
}
