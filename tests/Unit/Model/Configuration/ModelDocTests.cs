using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Model.Configuration;

/// <summary>What docs/model.md says that a checkpoint needs, beside what is read of one.</summary>
public sealed partial class ModelDocTests
{
    private static readonly string Section = Repository.Read("docs/model.md").Split("\n## Bringing your own\n")[1].Split("\n## ")[0];

    // Second cell by each of the names in the first one.
    private static readonly Dictionary<string, string> Rows = MarkdownTable.Rows(Section)
        .SelectMany(static row => Names(row[0]).Select(name => (name, row[1])))
        .ToDictionary(static row => row.name, static row => row.Item2);

    [Fact]
    public void Every_field_of_the_config_is_there_and_those_that_are_needed_are_called_so()
    {
        foreach (var (name, property) in Fields<ModelConfig>())
        {
            Assert.Contains(name, Rows.Keys);
            // The tokens are needed for prompts alone: a tensor run takes a config without them.
            if (name != "vlm_extra_tokens")
                Assert.True(property.IsDefined(typeof(RequiredMemberAttribute)) == (Rows[name] == "needed"), name);
        }
    }

    [Fact]
    public void Every_setting_of_the_preparation_is_there_with_its_default()
    {
        var defaults = JsonNode.Parse(new PreparationSettings { ImageState = PictureState.Last }.ToBytes())!.AsObject();
        foreach (var (name, _) in Fields<PreparationSettings>())
        {
            Assert.Contains(name, Rows.Keys);
            if (name is not ("image_state" or "encoding_adapter"))
                Assert.Equal($"`{defaults[name]!.ToJsonString()}`", Rows[name]);
        }

        Assert.Equal("\"last\"", defaults["image_state"]!.ToJsonString());
    }

    [Fact]
    public void Every_role_that_is_looked_for_is_named()
    {
        var roles = Role().Matches(Repository.Read("src/Model/Prompts/ChatFormat.cs")).Select(static match => match.Groups[1].Value).Distinct().ToList();
        Assert.Contains("image_token", roles);
        Assert.All(roles, static role => Assert.Contains($"`{role}`", Section, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_tensor_is_there_and_no_other()
    {
        using var file = SafetensorsFile.Open(Path.Combine(ModelFolder.UvlmTiny, "model.safetensors"));
        var stored = file.Entries.Keys.Select(static name => Block().Replace(name, ".N.")).Append("decoder.token_embedding.weight").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(stored, Rows.Keys.Where(static name => name.Contains('.', StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Name, PropertyInfo Property)> Fields<T>() => typeof(T).GetProperties()
        .Select(static property => (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name!, property))
        .Where(static field => field.Item1 is not null);

    /// <summary>In backquotes; one that begins with a dot stands for the end of the name before it.</summary>
    private static IEnumerable<string> Names(string cell)
    {
        var whole = "";
        foreach (var name in Quoted().Matches(cell).Select(static match => match.Groups[1].Value))
        {
            whole = name.StartsWith('.') ? whole[..whole.LastIndexOf('.')] + name : name;
            yield return whole;
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("\"([a-z]+_token)\"")]
    private static partial Regex Role();

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex Block();
}
