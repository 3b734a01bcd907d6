namespace UnifiedVlm.Model.Generation;

/// <summary>Chooses the next token of one generation. Deterministic in the seed; not thread-safe.</summary>
internal sealed class TokenSampler
{
    private readonly SamplingOptions options;
    private readonly TokenPenalties? penalties;
    private ulong state;

    /// <param name="prompt">Ids that the text continues, for the repetition penalty.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public TokenSampler(SamplingOptions options, IReadOnlyList<int>? prompt = null)
    {
        if (!(options.Temperature >= 0) || !float.IsFinite(options.Temperature))
            throw new ArgumentOutOfRangeException(nameof(options), options.Temperature, "Temperature must be 0 (greedy) or a positive number.");
        if (!(options.TopP > 0 && options.TopP <= 1))
            throw new ArgumentOutOfRangeException(nameof(options), options.TopP, "TopP must be above 0 and at most 1.");
        ArgumentOutOfRangeException.ThrowIfNegative(options.TopK, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxTokens, 1, nameof(options));
        if (!(options.MinP >= 0 && options.MinP <= 1))
            throw new ArgumentOutOfRangeException(nameof(options), options.MinP, "MinP must be from 0 to 1.");
        this.options = options;
        penalties = TokenPenalties.For(options, prompt ?? []);
        state = options.Seed;
    }

    /// <param name="logits">Of every token, as the model gave them.</param>
    /// <param name="banned">Ids that are never chosen.</param>
    /// <returns>The id and the natural logarithm of its probability under the logits as they are.</returns>
    public (int Id, float LogProbability) Choose(ReadOnlySpan<float> logits, IReadOnlySet<int> banned)
    {
        var judged = penalties is null ? logits : penalties.Apply(logits);
        var id = options.Temperature == 0 ? Greedy(judged, banned) : Sample(judged, banned);
        return (id, (float)(logits[id] - LogSumExp(logits)));
    }

    /// <summary>The text has this token now.</summary>
    public void Observe(int id) => penalties?.Add(id);

    private static int Greedy(ReadOnlySpan<float> logits, IReadOnlySet<int> banned)
    {
        var best = -1;
        for (var i = 0; i < logits.Length; i++)
        {
            if ((best < 0 || logits[i] > logits[best]) && !banned.Contains(i))
                best = i;
        }

        return best;
    }

    private int Sample(ReadOnlySpan<float> logits, IReadOnlySet<int> banned)
    {
        var candidates = new List<(float Logit, int Id)>(logits.Length);
        for (var i = 0; i < logits.Length; i++)
        {
            if (!banned.Contains(i))
                candidates.Add((logits[i], i));
        }

        // Equal logits in the order of their ids, so that the outcome does not depend on the sorting.
        candidates.Sort(static (a, b) => a.Logit != b.Logit ? b.Logit.CompareTo(a.Logit) : a.Id.CompareTo(b.Id));
        if (options.TopK > 0 && options.TopK < candidates.Count)
            candidates.RemoveRange(options.TopK, candidates.Count - options.TopK);

        var weights = new double[candidates.Count];
        var total = 0.0;
        for (var i = 0; i < weights.Length; i++)
            total += weights[i] = Math.Exp((candidates[i].Logit - candidates[0].Logit) / (double)options.Temperature);
        if (options.MinP > 0)
            (weights, total) = AtLeast(weights, options.MinP);

        var count = Nucleus(weights, total, out var kept);
        var point = SplitMix64.NextDouble(ref state) * kept;
        for (var i = 0; i < count; i++)
        {
            point -= weights[i];
            if (point < 0)
                return candidates[i].Id;
        }

        return candidates[count - 1].Id;
    }

    /// <summary>The weights, which fall, up to the last one that is this share of the first (Nguyen et al., "Turning Up the Heat", arXiv 2407.01082).</summary>
    private static (double[] Weights, double Total) AtLeast(double[] weights, double share)
    {
        var kept = weights.AsSpan(0, Math.Max(1, weights.Count(weight => weight >= share * weights[0]))).ToArray();
        return (kept, kept.Sum());
    }

    /// <summary>The fewest of the likeliest that reach TopP of the whole.</summary>
    private int Nucleus(double[] weights, double total, out double kept)
    {
        kept = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            kept += weights[i];
            if (kept >= options.TopP * total)
                return i + 1;
        }

        return weights.Length;
    }

    private static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var max = float.NegativeInfinity;
        foreach (var logit in logits)
            max = MathF.Max(max, logit);
        var sum = 0.0;
        foreach (var logit in logits)
            sum += Math.Exp(logit - max);
        return max + Math.Log(sum);
    }
}
