using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Questions answered from evidence, with the evidence missing in three of ten.</summary>
internal static class DialogueSamples
{
    public const int MinGlosses = 32;
    private const double AbsentShare = 0.3;
    private const int MaxGlosses = 4;

    private static readonly string[] TermQuestions = ["What does {0} mean?", "Define {0}.", "What's the meaning of {0}?", "Explain {0}.", "What is meant by {0}?", "What is {0}?", "what is {0}"];

    /// <summary>The last ones ask for things, not for deeds.</summary>
    private const int ForNouns = 2;


    public static DialogueSample Manual(SplitData split, ref Dice dice)
    {
        var question = QuestionMaker.Make(split, split.Draw(ref dice), answerable: !dice.Chance(AbsentShare), ref dice);
        return new DialogueSample(
            [.. question.Evidence.Select(passage => new EvidenceItem(passage.Title, passage.ToContent(split.Data)))], Content.Of(question.Question), question.Answer);
    }

    /// <summary>A term among terms near in meaning: the answer is the definition that stands behind the term.</summary>
    public static DialogueSample Gloss(SplitData split, ref Dice dice)
    {
        var at = dice.Next(split.Glosses.Count);
        var count = dice.Between(1, MaxGlosses);
        var chosen = new List<int> { at };
        while (chosen.Count <= count)
        {
            var other = (at + 1 + dice.Next(MinGlosses - 1)) % split.Glosses.Count;
            if (!chosen.Contains(other))
                chosen.Add(other);
        }

        // One more than wanted was chosen: the term itself or another is left out.
        var absent = dice.Chance(AbsentShare);
        chosen.RemoveAt(absent ? 0 : count);
        dice.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(chosen));
        var titled = dice.Chance(0.5);
        var evidence = chosen.Select(index => Evidence(split.Glosses[index], titled)).ToArray();
        var answer = absent ? ManualQuestion.Refusal : $"{split.Glosses[at].Definition} [{chosen.IndexOf(at) + 1}]";
        var question = TermQuestions[dice.Next(TermQuestions.Length - (split.Glosses[at].Verb ? ForNouns : 0))].Replace("{0}", PairSamples.Term(split.Glosses[at]), StringComparison.Ordinal);
        return new DialogueSample(evidence, Content.Of(question), answer);
    }

    private static EvidenceItem Evidence(Gloss gloss, bool titled) =>
        titled ? new EvidenceItem(PairSamples.Term(gloss), Content.Of(gloss.Definition)) : new EvidenceItem(null, Content.Of($"{PairSamples.Term(gloss)}: {gloss.Definition}"));
}
