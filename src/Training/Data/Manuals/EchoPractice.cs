using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// Endless questions about lines of words put together by chance: nothing of an answer can be guessed, so that every word of it teaches to
/// find the place in the evidence and to go on from there.
/// </summary>
internal static class EchoPractice
{
    private const double AbsentShare = 0.3;
    private const int MaxEvidence = 4;
    private const int MinWords = 4;
    private const int MaxWords = 10;

    private static readonly string[] Questions = ["What follows {0}?", "Which line begins with {0}?", "Quote the line about {0}.", "What is said of {0}?", "{0}?", "Find {0}."];

    public static DialogueSample Make(SplitData split, ref Dice dice)
    {
        var count = dice.Between(1, MaxEvidence);
        var absent = dice.Chance(AbsentShare);

        // One more than shown: the line of a question that nothing answers.
        var words = new PracticeWords(split);
        var lines = new List<string>();
        while (lines.Count <= count)
            lines.Add(words.Line(dice.Between(MinWords, MaxWords), ref dice));
        var rank = absent ? count : dice.Next(count);
        var key = lines[rank].Split(' ')[0];
        var evidence = lines.Take(count).Select(static line => new EvidenceItem(null, Content.Of(line)));
        var question = dice.Pick(Questions).Replace("{0}", key, StringComparison.Ordinal);
        return new DialogueSample([.. evidence], Content.Of(question), absent ? ManualQuestion.Refusal : $"{lines[rank]} [{rank + 1}]");
    }
}
