using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Training.Recipes;

/// <summary>Finds keys that a recipe can't have, before they are read as settings.</summary>
internal static class RecipeKeys
{
    /// <exception cref="ConfigException">A key is unknown; names it and those that exist beside it.</exception>
    public static void Check(string path, JsonObject given, Type settings, string prefix = "")
    {
        var known = settings.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static p => p.CanWrite && p.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .ToDictionary(static p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name), static p => p.PropertyType, StringComparer.Ordinal);
        foreach (var (key, value) in given)
        {
            if (!known.TryGetValue(key, out var type))
                throw new ConfigException(path, prefix + key, $"is unknown; there are {string.Join(", ", known.Keys)}");
            if (value is JsonObject inner && type.Namespace == settings.Namespace)
                Check(path, inner, type, $"{prefix}{key}.");
        }
    }
}
