namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>What an emoji shows, whoever drew it.</summary>
/// <param name="Id">Its code points in hexadecimal with hyphens, without variation selectors, skin tones and gender.</param>
/// <param name="Label">Its name in English, lower case.</param>
/// <param name="Tags">Words for it in alphabetical order; never the label itself.</param>
/// <param name="Group">Of Unicode's groups, such as <c>animals-nature</c>.</param>
/// <param name="Split">To which it belongs, in all its styles.</param>
/// <param name="Sprites">Index into the atlas by <see cref="EmojiStyle"/>; -1 where there is no picture.</param>
public sealed record Concept(string Id, string Label, IReadOnlyList<string> Tags, string Group, DataSplit Split, IReadOnlyList<int> Sprites)
{
    /// <summary>Its name in scenes; null for what scenes are not made of.</summary>
    public SceneName? Scene { get; init; }

    public int Sprite(EmojiStyle style) => Sprites[(int)style];
}
