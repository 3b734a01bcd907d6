using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Training.Recipes;

/// <summary>Reads recipes: JSON with comments, any value of which may be replaced on the command line.</summary>
public static class RecipeFile
{
    public const string FolderName = "recipes";

    internal static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new LoraTargetsConverter() },
    };

    private static readonly JsonDocumentOptions Comments = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>Reads a recipe by its name or path and puts the overrides in.</summary>
    /// <param name="nameOrPath">The name of a recipe that comes with the program, or a file.</param>
    /// <param name="overrides">Each <c>path=value</c>, such as <c>optimizer.lr=3e-4</c>; <c>null</c> switches a loss off.</param>
    /// <exception cref="ConfigException">There is no such recipe, or a key is unknown or a value impossible; names the key and what exists.</exception>
    public static Recipe Load(string nameOrPath, IReadOnlyList<string>? overrides = null)
    {
        var path = Find(nameOrPath);
        return Parse(path, ConfigFile.Read(path), overrides ?? []);
    }

    /// <param name="path">Only for messages.</param>
    /// <exception cref="ConfigException">As <see cref="Load"/>.</exception>
    public static Recipe Parse(string path, ReadOnlySpan<byte> json, IReadOnlyList<string>? overrides = null)
    {
        JsonObject root;
        try
        {
            root = JsonNode.Parse(json, documentOptions: Comments) as JsonObject ?? throw new ConfigException(path, "$", "must be a JSON object");
        }
        catch (JsonException e)
        {
            throw new ConfigException(path, "$", e.Message, e);
        }

        foreach (var text in overrides ?? [])
            Override(path, root, text);
        // What is wrong may stand in either.
        var shown = overrides is { Count: > 0 } ? $"{path} with {string.Join(", ", overrides)}" : path;
        RecipeKeys.Check(shown, root, typeof(Recipe));
        var recipe = ConfigFile.Parse<Recipe>(shown, JsonSerializer.SerializeToUtf8Bytes(root), Options) with { Path = path };
        RecipeRules.Check(recipe);
        return recipe;
    }

    /// <summary>The whole recipe, defaults included: what a checkpoint keeps.</summary>
    public static JsonObject ToJson(Recipe recipe) => JsonSerializer.SerializeToNode(recipe, Options)!.AsObject();

    private static string Find(string nameOrPath)
    {
        if (nameOrPath.EndsWith(".json", StringComparison.Ordinal) || nameOrPath.Contains('/', StringComparison.Ordinal))
            return nameOrPath;
        var folder = Path.Combine(AppContext.BaseDirectory, FolderName);
        var path = Path.Combine(folder, nameOrPath + ".json");
        if (File.Exists(path))
            return path;
        string[] known = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [];
        throw new ConfigException(path, "$", $"there is no recipe '{nameOrPath}'; there are {string.Join(", ", known.Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal))}, or name a .json file");
    }

    private static void Override(string path, JsonObject root, string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        if (split < 1)
            throw new ConfigException(path, text, "an override is written path=value, such as optimizer.lr=3e-4");
        var keys = text[..split].Split('.');
        var target = root;
        foreach (var key in keys[..^1])
        {
            if (target[key] is not JsonObject inner)
                target[key] = inner = [];
            target = inner;
        }

        var value = text[(split + 1)..];
        target[keys[^1]] = RecipeKeys.TypeOf(keys, typeof(Recipe)) == typeof(string) ? Text(value) : Value(value);
    }

    /// <summary>As it stands, for a folder may have a number's name; JSON's null and strings in quotes are what they are elsewhere.</summary>
    private static JsonNode? Text(string text) => text is "null" || text.StartsWith('"') ? Value(text) : text;

    /// <summary>A number however it is written, JSON where it is any, else a string without quotes.</summary>
    private static JsonNode? Value(string text)
    {
        const double Exact = 1L << 53;
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);

        // 1e4 steps are 10000, which an integer's key takes.
        if (isNumber && Math.Abs(number) < Exact && double.IsInteger(number))
            return (long)number;
        if (isNumber || text is "true" or "false" or "null" || text.StartsWith('{') || text.StartsWith('[') || text.StartsWith('"'))
        {
            try
            {
                return JsonNode.Parse(text, documentOptions: Comments);
            }
            catch (JsonException)
            {
                // As .5 and +0.5 are.
                return isNumber ? number : text;
            }
        }

        return text;
    }
}
