using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Data;

namespace UnifiedVlm.Training.Layout;

/// <summary>Several sources as one: sample i comes from a source drawn by i and the seed. Thread-safe.</summary>
internal sealed class SourceMix<TSample>
{
    private readonly ISampleSource<TSample>[] sources;
    private readonly double[] bounds;
    private readonly ulong seed;

    /// <param name="recipePath">For messages, as is <paramref name="field"/>: the recipe's key of the loss.</param>
    /// <param name="shares">By name; empty takes every source equally.</param>
    /// <exception cref="ConfigException">A source does not exist, or none does; lists those that do.</exception>
    public SourceMix(string recipePath, string field, IReadOnlyDictionary<string, double> shares, IReadOnlyDictionary<string, ISampleSource<TSample>> available, ulong seed)
    {
        this.seed = seed;
        var known = string.Join(", ", available.Keys.Order(StringComparer.Ordinal));
        if (available.Count == 0)
            throw new ConfigException(recipePath, field, "the data has no source for this loss; set it to null or build other data");
        foreach (var name in shares.Keys.Where(name => !available.ContainsKey(name)))
            throw new ConfigException(recipePath, $"{field}.sources.{name}", $"the data has no such source; there are {known}");

        var wanted = (shares.Count > 0 ? shares : available.Keys.ToDictionary(static name => name, static _ => 1.0))
            .Where(static share => share.Value > 0).OrderBy(static share => share.Key, StringComparer.Ordinal).ToList();
        sources = [.. wanted.Select(share => available[share.Key])];
        bounds = new double[wanted.Count];
        var total = wanted.Sum(static share => share.Value);
        var sum = 0.0;
        for (var i = 0; i < bounds.Length; i++)
            bounds[i] = (sum += wanted[i].Value) / total;
    }

    public TSample Get(ulong index)
    {
        var state = index * 0xD1342543DE82EF95UL + seed;
        var drawn = SplitMix64.NextDouble(ref state);
        var chosen = Array.FindIndex(bounds, bound => drawn < bound);

        // Another seed reads other samples; below 2^40 steps the two never meet.
        return sources[chosen < 0 ? ^1 : chosen].Get((seed << 40) + index);
    }
}
