using UnifiedVlm.Training.Data.Emoji;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>The words that short and long captions share. All it writes is true of the scene.</summary>
internal sealed class CaptionWriter(SceneWorld world)
{
    /// <summary>"a large apple", "three apples".</summary>
    public string Noun(Species species, Wording wording, bool sized)
    {
        var name = world.Name(species.Concept);
        if (species.Count > 1)
            return $"{Wording.Number(species.Count)} {(sized ? wording.Size(species.Size) + " " : "")}{name.Plural}";
        return sized ? $"a {wording.Size(species.Size)} {name.Singular}" : name.WithArticle;
    }

    public SceneName Name(int concept) => world.Name(concept);

    /// <summary>"a, b and c".</summary>
    public static string Join(IReadOnlyList<string> items) => items.Count switch
    {
        1 => items[0],
        _ => string.Join(", ", items.Take(items.Count - 1)) + " and " + items[^1],
    };
}
