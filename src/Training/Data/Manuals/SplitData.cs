namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>What of the manuals belongs to one split, with what sampling needs. Immutable.</summary>
internal sealed class SplitData
{
    private readonly List<(double Until, int[] Facts)> buckets = [];
    private readonly Dictionary<string, int[]> byWord;

    public SplitData(ManualData data, DataSplit split)
    {
        Data = data;
        Split = split;
        Pages = [.. Enumerable.Range(0, data.Pages.Count).Where(page => data.Pages[page].Split == split)];
        Facts = [.. data.Facts.Where(fact => data.Pages[fact.Page].Split == split)];
        Glosses = [.. data.Glosses.Where(gloss => gloss.Split == split)];
        Captions = [.. Pages.SelectMany(page => data.Pages[page].Parts.Select(part => (Page: page, Part: part))).Where(static p => p.Part.Caption is not null).DistinctBy(static p => p.Part.Picture)];

        // Thousands of parameters must not drown the few questions that people ask: a bucket weighs as the root of its size.
        foreach (var bucket in Enumerable.Range(0, Facts.Count).GroupBy(fact => (data.Pages[Facts[fact].Page].Source, Facts[fact].Kind)).OrderBy(static bucket => bucket.Key))
            buckets.Add(((buckets.Count == 0 ? 0 : buckets[^1].Until) + Math.Sqrt(bucket.Count()), [.. bucket]));
        byWord = Enumerable.Range(0, Facts.Count)
            .SelectMany(fact => Sentences.KeyWords($"{Facts[fact].Subject} {Facts[fact].Of}").Select(word => (word, fact)))
            .GroupBy(static p => p.word, static p => p.fact, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.ToArray(), StringComparer.Ordinal);
    }

    public ManualData Data { get; }

    public DataSplit Split { get; }

    /// <summary>Indices of pages.</summary>
    public IReadOnlyList<int> Pages { get; }

    public IReadOnlyList<ManualFact> Facts { get; }

    public IReadOnlyList<Gloss> Glosses { get; }

    /// <summary>Pictures about which the page says something, each once.</summary>
    public IReadOnlyList<(int Page, ManualPart Part)> Captions { get; }

    /// <summary>A fact by weight of its bucket.</summary>
    public ManualFact Draw(ref Dice dice)
    {
        var at = dice.Next(1 << 20) * (buckets[^1].Until / (1 << 20));
        return Facts[dice.Pick(buckets.First(bucket => at < bucket.Until).Facts)];
    }

    /// <summary>A fact that shares a word with another, by preference a rare one; any fact where none does.</summary>
    public ManualFact DrawNear(ManualFact fact, ref Dice dice)
    {
        var words = Sentences.KeyWords($"{fact.Subject} {fact.Of}").Where(word => byWord.TryGetValue(word, out var facts) && facts.Length > 1).Order(StringComparer.Ordinal).ToArray();
        return words.Length == 0 ? Draw(ref dice) : Facts[dice.Pick(byWord[dice.Pick(words)])];
    }
}
