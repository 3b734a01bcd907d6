namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>A concept with its sprites [64,64,4] by <see cref="EmojiStyle"/>, null where there is none: what data is built from.</summary>
public sealed record DrawnConcept(string Id, string Label, IReadOnlyList<string> Tags, string Group, IReadOnlyList<byte[]?> Sprites);
