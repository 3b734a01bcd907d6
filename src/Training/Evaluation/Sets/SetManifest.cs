using System.Text.Json;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>
/// <c>manifest.json</c> of a folder of sets: an array of <c>{"name", "format", "path", "images"}</c> and, where wanted, <c>split</c>, <c>gallery</c>,
/// <c>generated</c>, <c>caption_prompt</c> and <c>max_tokens</c>. Paths count from the manifest's folder.
/// </summary>
public static class SetManifest
{
    public const string FileName = "manifest.json";

    /// <exception cref="SetFormatException">Names the file, the entry and the field.</exception>
    public static IReadOnlyList<SetEntry> Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        using var json = SetFile.Read(path);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw new SetFormatException(path, "must be an array of sets");
        var entries = json.RootElement.EnumerateArray().Select((entry, i) => Entry(folder, JsonItem.Of(path, $"[{i}]", entry))).ToList();
        if (entries.GroupBy(static e => e.Name, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } twice)
            throw new SetFormatException(path, $"two sets are named '{twice.Key}'");
        return entries;
    }

    /// <exception cref="SetFormatException">There is no such format; lists those that are.</exception>
    public static SetFormat Format(string file, string name) => Enum.GetValues<SetFormat>()
        .Cast<SetFormat?>()
        .FirstOrDefault(format => NameOf(format!.Value) == name)
        ?? throw new SetFormatException(file, $"there is no format '{name}'; there are {string.Join(", ", FormatNames)}");

    public static IReadOnlyList<string> FormatNames { get; } = [.. Enum.GetValues<SetFormat>().Select(NameOf)];

    public static string NameOf(SetFormat format) => format.ToString().ToLowerInvariant();

    private static int Gallery(JsonItem item) => item.Whole("gallery") is >= 2 and var size ? size : throw item.Wrong("gallery", "must be at least 2");

    private static int Generated(JsonItem item) => item.Whole("generated") is >= 0 and var count ? count : throw item.Wrong("generated", "must be at least 0");

    private static int MaxTokens(JsonItem item) => item.Whole("max_tokens") is >= 1 and var most ? most : throw item.Wrong("max_tokens", "must be at least 1");

    private static SetEntry Entry(string folder, JsonItem item)
    {
        var entry = new SetEntry(
            item.Text("name"),
            Format($"{item.File}: {item.Place}", item.Text("format")),
            Path.Combine(folder, item.Text("path")),
            item.OptionalText("images") is { } images ? Path.Combine(folder, images) : null);
        return entry with
        {
            Split = item.OptionalText("split") ?? entry.Split,
            Gallery = item.Has("gallery") ? Gallery(item) : null,
            Generated = item.Has("generated") ? Generated(item) : entry.Generated,
            CaptionPrompt = item.OptionalText("caption_prompt") ?? entry.CaptionPrompt,
            MaxTokens = item.Has("max_tokens") ? MaxTokens(item) : entry.MaxTokens,
        };
    }
}
