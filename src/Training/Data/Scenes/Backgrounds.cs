namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>The colours a scene may have behind it.</summary>
internal static class Backgrounds
{
    public static IReadOnlyList<string> Names { get; } = ["white", "grey", "yellow", "green", "blue", "purple", "pink", "brown"];

    /// <summary>Red, green and blue by name, before a scene's own shade.</summary>
    public static IReadOnlyList<(int Red, int Green, int Blue)> Colours { get; } =
    [
        (247, 247, 245), (160, 162, 164), (248, 222, 92), (120, 194, 112), (104, 168, 232), (166, 116, 206), (248, 164, 196), (160, 116, 80),
    ];

    public static int Count => Names.Count;
}
