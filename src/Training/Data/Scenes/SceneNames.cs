using UnifiedVlm.Training.Data.Emoji;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>The names of what scenes are made of, by concept: <c>scene-concepts.txt</c>.</summary>
internal static class SceneNames
{
    public static IReadOnlyDictionary<string, SceneName> All { get; } = Read();

    private static Dictionary<string, SceneName> Read()
    {
        using var reader = new StreamReader(typeof(SceneNames).Assembly.GetManifestResourceStream("scene-concepts.txt")!);
        var names = new Dictionary<string, SceneName>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#') || line.Split(' ', 2) is not [var id, var words])
                continue;
            var forms = words.Split('|');
            names.Add(id, new SceneName(forms[0], forms.Length > 1 ? forms[1] : forms[0] + "s"));
        }

        return names;
    }
}
