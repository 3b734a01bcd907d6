using System.Text;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Training.Data;

/// <summary>Repeatable chance: the same key gives the same throws on every machine. Small enough to be made anew for every sample.</summary>
internal struct Dice(ulong key)
{
    private ulong state = key;

    public Dice(ulong seed, string purpose, ulong index)
        : this(Mix(seed ^ Hash(purpose)) ^ Mix(index))
    {
    }

    /// <summary>A hash of a name that stays the same between runs and machines.</summary>
    public static ulong Hash(string text)
    {
        // FNV-1a over the UTF-8 bytes, its weak low bits mixed.
        var hash = 0xCBF29CE484222325UL;
        foreach (var value in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ value) * 0x100000001B3UL;
        return Mix(hash);
    }

    /// <summary>A hash of a number: neighbours share nothing.</summary>
    public static ulong Mix(ulong value) => SplitMix64.Next(ref value);

    public ulong Next() => SplitMix64.Next(ref state);

    /// <summary>In 0..count-1.</summary>
    public int Next(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>In from..to, both included.</summary>
    public int Between(int from, int to) => from + Next(to - from + 1);

    public bool Chance(double probability) => SplitMix64.NextDouble(ref state) < probability;

    /// <summary>In [-1, 1).</summary>
    public float Signed() => (float)((2 * SplitMix64.NextDouble(ref state)) - 1);

    /// <summary>Of the standard normal distribution.</summary>
    public double Normal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - SplitMix64.NextDouble(ref state)));
        return radius * Math.Cos(2 * Math.PI * SplitMix64.NextDouble(ref state));
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
