using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Training.Loop;

/// <summary>Refuses to resume what would be another run.</summary>
internal static class RunGuard
{
    /// <summary>What may change in between: when to save and look, and how to compute the same gradient.</summary>
    private static readonly string[] Free = ["checkpoint_every", "metrics_every", "evaluation.", "export", "compute.chunk_tokens", "compute.activation_checkpointing", "compute.recompute"];

    /// <summary>What a recipe that does not give it leaves as it is: as the run began.</summary>
    private static readonly string[] KeptUnlessGiven = ["soft_prompts", "head"];

    /// <param name="path">Of the checkpoint, for messages.</param>
    /// <exception cref="ConfigException">Data or recipe differ; names the field and both values.</exception>
    public static void Check(string path, RunState state, JsonObject recipe, string data)
    {
        if (state.Data != data)
            throw new ConfigException(path, "data", $"the run began with the data {state.Data}, not {data}; resume it with the same folder or choose another --out");
        var before = Leaves(Completed(path, state.Recipe));
        var now = Leaves(recipe);
        foreach (var key in before.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
        {
            if (!now.ContainsKey(key) && KeptUnlessGiven.Any(kept => key.StartsWith(kept + ".", StringComparison.Ordinal)))
                continue;
            var (old, given) = (before.GetValueOrDefault(key, "nothing"), now.GetValueOrDefault(key, "nothing"));
            if (old != given && !Free.Any(free => key.StartsWith(free, StringComparison.Ordinal)))
                throw new ConfigException(path, key, $"the run began with {old}, the recipe now says {given}; resume it with the same recipe or choose another --out");
        }
    }

    /// <summary>The recipe that a resumed run keeps, once it is checked: what it does not give is as the run began.</summary>
    public static JsonObject Continued(JsonObject before, JsonObject recipe)
    {
        var continued = recipe.DeepClone().AsObject();
        foreach (var group in KeptUnlessGiven)
        {
            if (before[group] is not JsonObject began || continued[group] is not JsonObject now)
                continue;
            foreach (var (key, value) in began)
                now[key] ??= value?.DeepClone();
        }

        return continued;
    }

    /// <param name="teachers">As they are now; null without L_d.</param>
    /// <exception cref="ConfigException">They are not those that the run began with.</exception>
    public static void CheckTeachers(string path, RunState state, IReadOnlyList<string>? teachers)
    {
        if (state.Teachers is { } before && !before.SequenceEqual(teachers ?? [], StringComparer.Ordinal))
            throw new ConfigException(path, "losses.sequences.teachers", $"the run began with {string.Join(", ", before)}, now they are {string.Join(", ", teachers ?? [])}; resume it with the same files or choose another --out");
    }

    /// <summary>A run may have begun when recipes had fewer keys: what has been added since is at its default, which changes nothing.</summary>
    private static JsonObject Completed(string path, JsonObject recipe)
    {
        try
        {
            return RecipeFile.ToJson(RecipeFile.Parse(path, JsonSerializer.SerializeToUtf8Bytes(recipe)));
        }
        catch (ConfigException)
        {
            // A key that is no more: it is named as one that differs.
            return recipe;
        }
    }

    private static Dictionary<string, string> Leaves(JsonObject node, string prefix = "")
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in node)
        {
            if (value is JsonObject inner)
            {
                foreach (var (path, leaf) in Leaves(inner, $"{prefix}{key}."))
                    leaves.Add(path, leaf);
            }
            else if (value is not null)
            {
                leaves.Add(prefix + key, value.ToJsonString());
            }
        }

        return leaves;
    }
}
