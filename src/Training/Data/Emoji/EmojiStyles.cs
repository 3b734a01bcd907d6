namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>The styles in order, and their names in files.</summary>
internal static class EmojiStyles
{
    public static IReadOnlyList<EmojiStyle> All { get; } = [EmojiStyle.OpenMoji, EmojiStyle.Noto, EmojiStyle.Twemoji];

    public static string Name(EmojiStyle style) => style switch
    {
        EmojiStyle.OpenMoji => "openmoji",
        EmojiStyle.Noto => "noto",
        EmojiStyle.Twemoji => "twemoji",
        _ => throw new ArgumentOutOfRangeException(nameof(style), style, "is not a known style"),
    };
}
