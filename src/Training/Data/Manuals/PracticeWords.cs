namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Words for one practice sample, none of them twice.</summary>
internal sealed class PracticeWords(SplitData split)
{
    private const int Tries = 50;

    private readonly HashSet<string> used = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A word of some term. Where there are too few of them, with a number.</summary>
    public string Next(ref Dice dice)
    {
        for (var i = 0; i < Tries; i++)
        {
            var word = dice.Pick(dice.Pick(split.Glosses).Term.Split(' '));
            if (used.Add(word))
                return word;
        }

        var numbered = $"word{used.Count}";
        used.Add(numbered);
        return numbered;
    }

    public string Line(int count, ref Dice dice)
    {
        var words = new string[count];
        for (var i = 0; i < count; i++)
            words[i] = Next(ref dice);
        return string.Join(' ', words);
    }
}
