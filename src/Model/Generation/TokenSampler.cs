using System.Numerics;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Model.Generation;

/// <summary>Chooses the next token of one generation. Deterministic in the seed; not thread-safe.</summary>
internal sealed class TokenSampler
{
    private const string Field = "text";

    private readonly SamplingOptions options;
    private readonly TokenPenalties? penalties;

    // Of the size of the vocabulary, so kept from token to token.
    private readonly List<(double Weight, int Id)> candidates = [];
    private double[] weights = [];
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
    /// <exception cref="ModelOutputException">They make no distribution: one is a NaN or infinite, or none is left that may be chosen.</exception>
    public int Choose(ReadOnlySpan<float> logits, IReadOnlySet<int> banned)
    {
        var judged = penalties is null ? logits : penalties.Apply(logits);
        CheckNumbers(judged);
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

        return best >= 0 && logits[best] > float.NegativeInfinity ? best : throw NothingLeft();
    }

    /// <summary>Minus infinity is a probability of 0. A NaN is not below infinity either.</summary>
    private static void CheckNumbers(ReadOnlySpan<float> logits)
    {
        var infinity = new Vector<float>(float.PositiveInfinity);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var areNumbers = true;
        foreach (var vector in vectors)
            areNumbers &= Vector.LessThanAll(vector, infinity);
        foreach (var logit in logits[(vectors.Length * Vector<float>.Count)..])
            areNumbers &= logit < float.PositiveInfinity;
        if (!areNumbers)
            throw new ModelOutputException(Field, "the model, or a penalty, gives a NaN or an infinity as the probability of the next token");
    }

    private static ModelOutputException NothingLeft() => new(Field, "no token that may be chosen has a probability above 0");

    private int Sample(ReadOnlySpan<float> logits, IReadOnlySet<int> banned)
    {
        Weigh(logits, banned);
        return options is { MinP: 0, TopK: 0, TopP: 1 } ? Draw() : DrawAmongLikeliest();
    }

    /// <summary>Fills <see cref="weights"/> with each token's probability as a share of the likeliest's; 0 for what is banned.</summary>
    private void Weigh(ReadOnlySpan<float> logits, IReadOnlySet<int> banned)
    {
        if (weights.Length != logits.Length)
            weights = new double[logits.Length];
        for (var i = 0; i < logits.Length; i++)
            weights[i] = logits[i];
        foreach (var id in banned)
        {
            if ((uint)id < (uint)weights.Length)
                weights[id] = double.NegativeInfinity;
        }

        var largest = double.NegativeInfinity;
        foreach (var logit in weights)
            largest = logit > largest ? logit : largest;
        if (double.IsNegativeInfinity(largest))
            throw NothingLeft();
        var (most, temperature) = (new Vector<double>(largest), new Vector<double>(options.Temperature));
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(weights.AsSpan());
        foreach (ref var vector in vectors)
            vector = Vector.Exp((vector - most) / temperature);
        for (var i = vectors.Length * Vector<double>.Count; i < weights.Length; i++)
            weights[i] = Math.Exp((weights[i] - largest) / options.Temperature);
    }

    private int Draw()
    {
        var total = 0.0;
        foreach (var weight in weights)
            total += weight;
        var point = SplitMix64.NextDouble(ref state) * total;
        var last = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            (point, last) = (point - weights[i], i);
            if (point < 0)
                return i;
        }

        return last;
    }

    private int DrawAmongLikeliest()
    {
        candidates.Clear();
        var total = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            // As a share of the likeliest's (Nguyen et al., "Turning Up the Heat", arXiv 2407.01082).
            if (weights[i] == 0 || weights[i] < options.MinP)
                continue;
            candidates.Add((weights[i], i));
            total += weights[i];
        }

        if (options.TopK > 0 && options.TopK < candidates.Count)
        {
            Sort(candidates);
            candidates.RemoveRange(options.TopK, candidates.Count - options.TopK);
            total = candidates.Sum(static candidate => candidate.Weight);
        }

        if (options.TopP < 1)
            total = KeepNucleus(total);

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
    private double KeepNucleus(double total)
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
