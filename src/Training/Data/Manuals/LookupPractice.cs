using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// Endless lists of random terms with what they are: the answer is what stands behind the term asked about. Its first word already has to be
/// found by the question's words, or refused, while in <see cref="EchoPractice"/> each word of the answer finds the next.
/// </summary>
internal static class LookupPractice
{
    private const double AbsentShare = 0.4;

    /// <summary>How often another term shares a word with the one asked about, so that both words have to be looked at.</summary>
    private const double NearShare = 0.5;

    private const int MaxEvidence = 3;
    private const int MaxEntries = 3;
    private const int MaxWords = 3;

    private static readonly string[] Questions = ["What is {0}?", "What is the {0}?", "What does {0} do?", "Explain {0}.", "{0}?", "{0}", "Tell me about {0}.", "How is {0} defined?"];

    /// <summary>Half of the time nothing stands between a term and what it is: found so, it is the next word, which is learned first.</summary>
    private static readonly string[] Joints = [" ", " ", " ", " ", " ", ": ", "\n", " is ", ", ", " - "];

    public static DialogueSample Make(SplitData split, ref Dice dice)
    {
        var words = new PracticeWords(split);
        var joint = dice.Pick(Joints);
        string[] asked = dice.Chance(0.5) ? [words.Next(ref dice)] : [words.Next(ref dice), words.Next(ref dice)];
        var count = dice.Between(1, MaxEvidence);
        var absent = dice.Chance(AbsentShare);
        var rank = absent ? -1 : dice.Next(count);
        var answer = Meaning(words, ref dice);
        var evidence = new List<EvidenceItem>();
        for (var i = 0; i < count; i++)
        {
            var entries = new List<string>();
            for (var others = dice.Between(i == rank ? 0 : 1, MaxEntries - 1); others > 0; others--)
                entries.Add($"{Other(asked, words, ref dice)}{joint}{Meaning(words, ref dice)}.");
            if (i == rank)
                entries.Insert(dice.Next(entries.Count + 1), $"{string.Join(' ', asked)}{joint}{answer}.");
            evidence.Add(new EvidenceItem(null, Content.Of(string.Join('\n', entries))));
        }

        var question = dice.Pick(Questions).Replace("{0}", string.Join(' ', asked), StringComparison.Ordinal);
        return new DialogueSample(evidence, Content.Of(question), absent ? ManualQuestion.Refusal : $"{answer} [{rank + 1}]");
    }

    /// <summary>A term that is not the one asked about, of as many words.</summary>
    private static string Other(string[] asked, PracticeWords words, ref Dice dice)
    {
        var near = asked.Length > 1 && dice.Chance(NearShare) ? dice.Next(asked.Length) : -1;
        var other = new string[asked.Length];
        for (var i = 0; i < other.Length; i++)
            other[i] = i == near ? asked[i] : words.Next(ref dice);
        return string.Join(' ', other);
    }

    private static string Meaning(PracticeWords words, ref Dice dice) => words.Line(dice.Between(1, MaxWords), ref dice);
}
