using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Training.Recipes;

/// <summary>Which keys a recipe can have, and what they take.</summary>
internal static class RecipeKeys
{
    /// <summary>Finds keys that there are not, before the recipe is read as settings.</summary>
    /// <exception cref="ConfigException">A key is unknown; names it and those that exist beside it.</exception>
    public static void Check(string path, JsonObject given, Type settings, string prefix = "")
    {
        var known = Known(settings);
        foreach (var (key, value) in given)
        {
            if (!known.TryGetValue(key, out var type))
                throw new ConfigException(path, prefix + key, $"is unknown; there are {string.Join(", ", known.Keys)}");
            if (value is JsonObject inner && type.Namespace == settings.Namespace)
                Check(path, inner, type, $"{prefix}{key}.");
        }
    }

    /// <returns>What the last of the keys takes, each standing below the one before it; null where there is no such key.</returns>
    public static Type? TypeOf(IReadOnlyList<string> keys, Type settings)
    {
        var type = settings;
        foreach (var key in keys)
        {
            if (type.Namespace != settings.Namespace || !Known(type).TryGetValue(key, out var inner))
                return null;
            type = inner;
        }

        return type;
    }

    private static Dictionary<string, Type> Known(Type settings) => settings.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(static p => p.CanWrite && p.GetCustomAttribute<JsonIgnoreAttribute>() is null)
        .ToDictionary(static p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name), static p => p.PropertyType, StringComparer.Ordinal);
}
