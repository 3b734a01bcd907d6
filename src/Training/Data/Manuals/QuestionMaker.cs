namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Puts a fact's passage among passages of other pages, or leaves it out.</summary>
internal static class QuestionMaker
{
    private const int MaxEvidence = 4;
    private const double HardShare = 0.6;
    private const double SamePageShare = 0.2;
    private const double PictureShare = 0.3;
    private const int Tries = 12;

    public static ManualQuestion Make(SplitData split, ManualFact fact, bool answerable, ref Dice dice)
    {
        var question = QuestionWordings.Ask(fact, ref dice);
        var right = Passage.Around(split.Data.Pages, fact.Page, fact.Part, withPicture: dice.Chance(PictureShare));
        var evidence = new List<Passage>();
        var wanted = dice.Between(1, MaxEvidence) - (answerable ? 1 : 0);
        var asked = Sentences.KeyWords($"{fact.Subject} {fact.Of}");
        for (var i = 0; i < wanted; i++)
        {
            if (Distractor(split, fact, asked, evidence, ref dice) is { } other)
                evidence.Add(other);
            else
                break;
        }

        // Where nothing else is like it, the question is answered after all.
        if (!answerable && evidence.Count > 0)
            return new ManualQuestion(fact, question, evidence, -1);
        var rank = dice.Next(evidence.Count + 1);
        evidence.Insert(rank, right);
        return new ManualQuestion(fact, question, evidence, rank);
    }

    private static Passage? Distractor(SplitData split, ManualFact fact, HashSet<string> asked, List<Passage> chosen, ref Dice dice)
    {
        if (dice.Chance(SamePageShare) && SamePage(split, fact, ref dice) is { } near && chosen.All(passage => passage.Page != fact.Page))
            return near;
        for (var i = 0; i < Tries; i++)
        {
            var other = dice.Chance(HardShare) ? split.DrawNear(fact, ref dice) : split.Draw(ref dice);
            if (other.Page == fact.Page || chosen.Any(passage => passage.Page == other.Page))
                continue;
            var passage = Passage.Around(split.Data.Pages, other.Page, other.Part, withPicture: false);

            // It must not answer: neither in the same words nor by speaking of everything that is asked about.
            if (!passage.Text.Contains(fact.Answer, StringComparison.Ordinal) && !asked.IsSubsetOf(Sentences.KeyWords($"{passage.Title} {passage.Text}")))
                return passage;
        }

        return null;
    }

    /// <summary>A passage of the same page that says nothing of the subject: the title alone must not count as an answer.</summary>
    private static Passage? SamePage(SplitData split, ManualFact fact, ref Dice dice)
    {
        if (fact.Kind is not (FactKind.Option or FactKind.Parameter or FactKind.Function) || Sentences.KeyWords(fact.Subject) is not { Count: > 0 } subject)
            return null;
        var parts = split.Data.Pages[fact.Page].Parts;
        var part = dice.Next(parts.Count);
        if (parts[part].Text is null)
            return null;
        var passage = Passage.Around(split.Data.Pages, fact.Page, part, withPicture: false);
        var silent = !passage.Text.Contains(fact.Answer, StringComparison.Ordinal) && !passage.Text.Contains(fact.Subject, StringComparison.OrdinalIgnoreCase) && !subject.IsSubsetOf(Sentences.KeyWords(passage.Text));
        return silent && (fact.Part < passage.First || fact.Part > passage.Last) ? passage : null;
    }
}
