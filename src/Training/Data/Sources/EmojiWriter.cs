using UnifiedVlm.Training.Data.Emoji;

namespace UnifiedVlm.Training.Data.Sources;

/// <summary>Words for a single emoji.</summary>
internal static class EmojiWriter
{
    private const int MaxTags = 4;

    private static readonly string[] Openings = ["", "", "a picture of ", "an emoji of "];

    /// <summary>The label, with an opening or a few tags by chance.</summary>
    public static string Short(Concept concept, ref Dice dice)
    {
        var name = concept.Scene is { } scene && dice.Chance(0.5) ? scene.WithArticle : concept.Label;
        if (concept.Tags.Count == 0 || dice.Chance(0.6))
            return dice.Pick(Openings) + name;
        return string.Join(", ", [name, .. Tags(concept, dice.Between(1, 2), ref dice)]);
    }

    /// <summary>The label and its tags as a sentence: "red apple; fruit, healthy, ripe."</summary>
    public static string Long(Concept concept, ref Dice dice)
    {
        var tags = Tags(concept, MaxTags, ref dice);
        return tags.Length == 0 ? concept.Label + "." : $"{concept.Label}; {string.Join(", ", tags)}.";
    }

    private static string[] Tags(Concept concept, int count, ref Dice dice)
    {
        string[] tags = [.. concept.Tags];
        dice.Shuffle(tags.AsSpan());
        return tags[..Math.Min(count, tags.Length)];
    }
}
