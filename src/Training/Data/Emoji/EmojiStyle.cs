namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>Who drew it.</summary>
public enum EmojiStyle
{
    OpenMoji,
    Noto,
    Twemoji,
}
