using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Stretches of pages as they are.</summary>
internal static class PageSamples
{
    public const int MinSlice = 3;
    private const int MaxSlice = 6;

    /// <summary>UTF-16 units of a window's texts, about 400 tokens less its pictures.</summary>
    private const int MaxWindow = 1300;

    /// <summary>What a picture counts as: its image tokens.</summary>
    private const int PictureCost = 55;

    private const int MaxPictures = 3;

    /// <summary>
    /// Parts in a row of one page. Pages longer than two slices are cut into stretches of that length, and slices of the same stretch have the
    /// same key: they overlap or adjoin.
    /// </summary>
    public static SequenceSample Slice(ManualData data, int[] pages, ref Dice dice)
    {
        var index = dice.Pick(pages);
        var page = data.Pages[index];
        var length = Math.Min(page.Parts.Count, dice.Between(MinSlice, MaxSlice));
        var stretches = Math.Max(1, page.Parts.Count / (2 * MaxSlice));
        var stretch = dice.Next(stretches);
        var from = stretch * page.Parts.Count / stretches;
        var to = (stretch + 1) * page.Parts.Count / stretches;
        var start = from + dice.Next(Math.Max(1, to - from - length + 1));
        return new SequenceSample($"{page.Id}#{stretch}", [.. page.Parts.Skip(start).Take(length).Select(part => new SequencePart(data.Part(part), ReadOnlyMemory<float>.Empty))]);
    }

    /// <summary>A short stretch of a page, and some of its parts alone.</summary>
    public static PartsSample Parts(ManualData data, int[] pages, ref Dice dice)
    {
        const int Longest = 4, Alone = 3;
        var page = data.Pages[dice.Pick(pages)];
        var start = dice.Next(page.Parts.Count - MinSlice + 1);
        var parts = page.Parts.Skip(start).Take(dice.Between(MinSlice, Longest)).Select((part, i) => new NamedPart(data.Part(part), i)).ToArray();
        var order = Enumerable.Range(0, parts.Length).ToArray();
        dice.Shuffle(order.AsSpan());
        return new PartsSample([parts, .. order.Take(Alone).Select(i => (NamedPart[])[parts[i]])]);
    }

    /// <summary>A page from one of its parts on, as far as the length allows.</summary>
    public static Content Window(ManualData data, int[] pages, ref Dice dice)
    {
        var page = data.Pages[Weighted(data, pages, ref dice)];
        var start = dice.Next(page.Parts.Count);
        var parts = new List<ContentPart>();
        var (length, pictures) = (0, 0);
        foreach (var part in page.Parts.Skip(start))
        {
            length += part.Text?.Length ?? PictureCost;
            pictures += part.Picture is null ? 0 : 1;
            if (parts.Count > 0 && (length > MaxWindow || pictures > MaxPictures))
                break;
            parts.Add(data.Part(part));
        }

        return new Content(parts);
    }

    /// <summary>Terms near in meaning, a line each.</summary>
    public static Content Glosses(SplitData split, ref Dice dice)
    {
        var start = dice.Next(split.Glosses.Count);
        var lines = split.Glosses.Skip(start).Take(dice.Between(1, 6)).Select(static gloss => $"{PairSamples.Term(gloss)}: {gloss.Definition}");
        return Content.Of(string.Join('\n', lines));
    }

    /// <summary>Of two pages the longer, mostly: every paragraph is then met about as often.</summary>
    private static int Weighted(ManualData data, int[] pages, ref Dice dice)
    {
        var (one, other) = (dice.Pick(pages), dice.Pick(pages));
        var (first, second) = (data.Pages[one].Parts.Count, data.Pages[other].Parts.Count);
        return dice.Next(first + second) < first ? one : other;
    }
}
