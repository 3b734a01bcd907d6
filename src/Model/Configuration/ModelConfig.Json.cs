using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace UnifiedVlm.Model.Configuration;

public sealed partial record ModelConfig
{
    public const string FileName = "config.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads and checks <c>config.json</c> of a model folder.</summary>
    /// <exception cref="ConfigException">The file is missing or a field is; names the field.</exception>
    public static ModelConfig Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return Parse(path, ConfigFile.Read(path));
    }

    /// <param name="path">Only for messages.</param>
    /// <exception cref="ConfigException">The JSON is broken or a field is missing or impossible.</exception>
    public static ModelConfig Parse(string path, ReadOnlySpan<byte> json)
    {
        var config = ConfigFile.Parse<ModelConfig>(path, json, Options);
        config.Validate(path);
        return config;
    }

    /// <summary>Writes <c>config.json</c>, unknown fields included.</summary>
    public void Save(string folder) => ConfigFile.Write(Path.Combine(folder, FileName), this, Options);

    /// <summary>Whether both say the same of all that is computed; fields that nothing here knows don't count.</summary>
    internal bool IsSameNetworkAs(ModelConfig other) => JsonNode.DeepEquals(Known(this), Known(other));

    private static JsonNode? Known(ModelConfig config) => JsonSerializer.SerializeToNode(config with { Unknown = null }, Options);
}
