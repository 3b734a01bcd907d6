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
    public int Choose(ReadOnlySpan<float> logits, IReadOnlySet<int> banned)
    {
        var judged = penalties is null ? logits : penalties.Apply(logits);
        return options.Temperature == 0 ? Greedy(judged, banned) : Sample(judged, banned);
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
        var largest = float.NegativeInfinity;
        for (var i = 0; i < logits.Length; i++)
        {
            if (logits[i] > largest && !banned.Contains(i))
                largest = logits[i];
        }

        var candidates = new List<(double Weight, int Id)>(logits.Length);
        var total = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            // As a share of the likeliest's (Nguyen et al., "Turning Up the Heat", arXiv 2407.01082).
            var weight = Math.Exp((logits[i] - largest) / (double)options.Temperature);
            if (weight < options.MinP || banned.Contains(i))
                continue;
            candidates.Add((weight, i));
            total += weight;
        }

        if (options.TopK > 0 && options.TopK < candidates.Count)
        {
            Sort(candidates);
            candidates.RemoveRange(options.TopK, candidates.Count - options.TopK);
            total = candidates.Sum(static candidate => candidate.Weight);
        }

        if (options.TopP < 1)
            total = KeepNucleus(candidates, total);

        var point = SplitMix64.NextDouble(ref state) * total;
        foreach (var (weight, id) in candidates)
        {
            point -= weight;
            if (point < 0)
                return id;
        }

        return candidates[^1].Id;
    }

    /// <summary>The fewest of the likeliest that reach TopP of the whole.</summary>
    /// <returns>The sum of their weights.</returns>
    private double KeepNucleus(List<(double Weight, int Id)> candidates, double total)
    {
        // All that weigh so little are together less than what may be left out. Few remain to be sorted.
        var least = (1 - options.TopP) * total / candidates.Count;
        candidates.RemoveAll(candidate => candidate.Weight < least);
        Sort(candidates);
        var kept = 0.0;
        var count = 0;
        while (count < candidates.Count && kept < options.TopP * total)
            kept += candidates[count++].Weight;
        candidates.RemoveRange(count, candidates.Count - count);
        return kept;
    }

    /// <summary>The likeliest first; equal ones in the order of their ids, so that the outcome does not depend on the sorting.</summary>
    private static void Sort(List<(double Weight, int Id)> candidates) =>
        candidates.Sort(static (a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : a.Id.CompareTo(b.Id));
}
