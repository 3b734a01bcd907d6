using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Contents that belong together.</summary>
internal static class PairSamples
{
    /// <summary>Terms near in meaning that share a batch.</summary>
    public const int GlossGroup = 4;

    /// <summary>How far apart neighbours of a group may stand in WordNet's file.</summary>
    private const int GlossReach = 12;

    private const int MinCaptionWords = 4;

    /// <summary>As long as a caption of L_c may be (about 30 tokens), in UTF-16 units.</summary>
    private const int MaxCaption = 110;

    public static bool IsInformative(string caption) => caption.Split(' ').Count(static word => word.Any(char.IsLetter)) >= MinCaptionWords;

    public static PairGroup Figure(SplitData split, ref Dice dice)
    {
        var (page, part) = dice.Pick(split.Captions);
        return One(Content.Of(split.Data.Picture(part.Picture!.Value)), Content.Of(Described(part.Caption!, split.Data.Pages[page].Title)));
    }

    public static PairGroup Question(SplitData split, ref Dice dice)
    {
        var fact = split.Draw(ref dice);
        var question = QuestionWordings.Ask(fact, ref dice);
        return One(Content.Of(question), Passage.Around(split.Data.Pages, fact.Page, fact.Part, withPicture: dice.Chance(0.5)).ToContent(split.Data));
    }

    public static PairGroup Gloss(SplitData split, ref Dice dice)
    {
        var at = dice.Next(split.Glosses.Count);
        var chosen = new SortedSet<int> { at };
        while (chosen.Count < GlossGroup)
            chosen.Add((at + dice.Next(Math.Min(GlossReach, split.Glosses.Count))) % split.Glosses.Count);
        return new PairGroup([.. chosen.Select(index => split.Glosses[index]).Select(static gloss => new ContentPair(Content.Of(Term(gloss)), Content.Of(gloss.Definition)))]);
    }

    public static CaptionSample Caption(ManualData data, (int Page, ManualPart Part)[] figures, ref Dice dice)
    {
        var (_, part) = dice.Pick(figures);
        return new CaptionSample(Content.Of(data.Picture(part.Picture!.Value)), part.Caption!);
    }

    /// <summary>A caption of a word or two ("Example") says what it shows only together with the page's title.</summary>
    public static string Described(string caption, string title)
    {
        var described = IsInformative(caption) || caption.Contains(title, StringComparison.OrdinalIgnoreCase) ? caption : $"{title}: {caption}";
        return described.Length <= MaxCaption ? described : Sentences.Pieces(described, MaxCaption).First().TrimEnd(',', ';', ' ');
    }

    public static string Term(Gloss gloss) => gloss.Verb ? $"to {gloss.Term}" : gloss.Term;

    private static PairGroup One(Content left, Content right) => new([new ContentPair(left, right)]);
}
