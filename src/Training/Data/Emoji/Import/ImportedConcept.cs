namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>A concept as the packages describe it. <paramref name="Art"/> is by <see cref="EmojiStyle"/>; null where a package lacks it.</summary>
internal sealed record ImportedConcept(string Id, string Label, IReadOnlyList<string> Tags, string Group, IReadOnlyList<IconArt?> Art);
