using System.Text.Encodings.Web;
using System.Text.Json;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Model.Adapters;

public sealed partial record LoraConfig
{
    public const string FileName = "adapter_config.json";

    internal const string RankField = "r";
    internal const string TargetsField = "target_modules";

    private const string LoraType = "LORA";

    /// <summary>PEFT's fields that change what an adapter computes and are not built here: read only at the value that leaves them out.</summary>
    private static readonly string[] Unsupported =
    [
        "rank_pattern", "alpha_pattern", "layers_to_transform", "modules_to_save", "exclude_modules", "trainable_token_indices", "target_parameters",
        "layer_replication", "use_dora", "use_qalora", "fan_in_fan_out", "lora_bias", "alora_invocation_tokens",
    ];

    /// <summary>Initialisations that leave the base's weights as they are. Others (pissa, olora, corda, loftq) take from them what the adapter begins with.</summary>
    private static readonly string[] Initialisations = ["gaussian", "eva", "orthogonal"];

    /// <exception cref="ConfigException">The file is missing, or a field is missing, of the wrong type, impossible or not supported; names it.</exception>
    public static LoraConfig Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return Parse(path, ConfigFile.Read(path));
    }

    /// <param name="path">Only for messages.</param>
    /// <exception cref="ConfigException">A field is missing, of the wrong type, impossible or not supported; names it.</exception>
    public static LoraConfig Parse(string path, ReadOnlyMemory<byte> json)
    {
        using var document = ParseObject(path, json);
        var root = document.RootElement;
        if (Text(path, root, "peft_type") is not LoraType)
            throw new ConfigException(path, "peft_type", $"must be \"{LoraType}\": no other kind of adapter is read");
        foreach (var field in Unsupported)
        {
            if (root.TryGetProperty(field, out var value) && !IsLeftOut(value))
                throw new ConfigException(path, field, $"is {value.GetRawText()}, which is not supported; save the adapter without it, or merge it into the base first");
        }

        if (Find(root, "init_lora_weights") is { ValueKind: JsonValueKind.String } initialisation && !Initialisations.Contains(initialisation.GetString(), StringComparer.OrdinalIgnoreCase))
            throw new ConfigException(path, "init_lora_weights", $"is {initialisation.GetRawText()}: such an adapter belongs to a base whose weights PEFT has changed; convert it to plain LoRA when saving it (PEFT's path_initial_model_for_weight_conversion)");
        if (Text(path, root, "bias") is not (null or "none"))
            throw new ConfigException(path, "bias", "must be \"none\": biases are not trained with an adapter");
        var config = new LoraConfig
        {
            Rank = Whole(path, root, RankField),
            Alpha = Number(path, root, "lora_alpha") ?? throw new ConfigException(path, "lora_alpha", "is missing"),
            Dropout = Number(path, root, "lora_dropout") ?? 0,
            Targets = ReadTargets(path, root),
            IsRankStabilised = Flag(path, root, "use_rslora"),
            BaseModel = Text(path, root, "base_model_name_or_path"),
        };
        config.Validate(path);
        return config;
    }

    /// <summary>Writes <c>adapter_config.json</c> as PEFT does, atomically.</summary>
    public void Save(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json);
        stream.WriteByte((byte)'\n');
    });

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("alpha_pattern");
        json.WriteEndObject();
        json.WriteNull("auto_mapping");
        json.WriteString("base_model_name_or_path", BaseModel);
        json.WriteString("bias", "none");
        json.WriteBoolean("fan_in_fan_out", false);
        json.WriteBoolean("inference_mode", true);
        json.WriteBoolean("init_lora_weights", true);
        json.WriteNull("layers_pattern");
        json.WriteNull("layers_to_transform");
        json.WriteNumber("lora_alpha", Alpha);
        json.WriteNumber("lora_dropout", Dropout);
        json.WriteNull("modules_to_save");
        json.WriteString("peft_type", LoraType);
        json.WriteNumber("r", Rank);
        json.WriteStartObject("rank_pattern");
        json.WriteEndObject();
        json.WriteNull("revision");
        json.WritePropertyName("target_modules");
        if (Targets.Pattern is { } pattern)
            json.WriteStringValue(pattern);
        else
            JsonSerializer.Serialize(json, Targets.Names);
        json.WriteNull("task_type");
        json.WriteBoolean("use_dora", false);
        json.WriteBoolean("use_rslora", IsRankStabilised);
        json.WriteEndObject();
    }

    private static JsonDocument ParseObject(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
        }
        catch (JsonException e)
        {
            throw new ConfigException(path, "$", e.Message, e);
        }

        throw new ConfigException(path, "$", "must be a JSON object");
    }

    private static LoraTargets ReadTargets(string path, JsonElement root)
    {
        var value = Find(root, TargetsField) ?? throw new ConfigException(path, TargetsField, "is missing; name the layers that the adapter changes");
        try
        {
            if (value.ValueKind == JsonValueKind.String)
                return LoraTargets.Matching(value.GetString()!);
            if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static name => name.ValueKind == JsonValueKind.String))
                return LoraTargets.Named([.. value.EnumerateArray().Select(static name => name.GetString()!)]);
        }
        catch (ArgumentException e)
        {
            throw new ConfigException(path, TargetsField, e.Message, e);
        }

        throw new ConfigException(path, TargetsField, "must be a list of layer names or one regular expression");
    }

    private static bool IsLeftOut(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    /// <summary>Null where the field is missing or null.</summary>
    private static JsonElement? Find(JsonElement root, string field) =>
        root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(string path, JsonElement root, string field) => Find(root, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw new ConfigException(path, field, "must be a string"),
    };

    private static double? Number(string path, JsonElement root, string field) => Find(root, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value => value.GetDouble(),
        _ => throw new ConfigException(path, field, "must be a number"),
    };

    private static int Whole(string path, JsonElement root, string field) => Find(root, field) switch
    {
        null => throw new ConfigException(path, field, "is missing"),
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) => number,
        _ => throw new ConfigException(path, field, "must be a whole number"),
    };

    private static bool Flag(string path, JsonElement root, string field) => Find(root, field) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        _ => throw new ConfigException(path, field, "must be true or false"),
    };
}
