using System.Text.Json;

namespace UnifiedVlm.Model.Configuration;

public sealed partial record ModelConfig
{
    /// <summary>
    /// Fields of Hugging Face's configs (LLaMA, Qwen, SmolLM, Gemma and the like) that change what a decoder computes and are not built here, each with the value besides null, false, [] and {}
    /// that leaves it out. Names of nanoVLM's begin with lm_; both are refused, as someone has carried the field over for its effect.
    /// </summary>
    private static readonly Dictionary<string, string?> NotBuilt = new(StringComparer.Ordinal)
    {
        ["rope_scaling"] = null,
        ["rope_parameters"] = null,
        ["rope_interleaved"] = null,
        ["partial_rotary_factor"] = "1",
        ["no_rope_layers"] = null,
        ["no_rope_layer_interval"] = "0",
        ["sliding_window"] = null,
        ["attention_chunk_size"] = null,
        ["attention_bias"] = null,
        ["mlp_bias"] = null,
        ["qkv_bias"] = null,
        ["use_qk_norm"] = null,
        ["qk_norm"] = null,
        ["clip_qkv"] = null,
        ["head_dim"] = null,
        ["hidden_act"] = "silu",
        ["hidden_activation"] = "silu",
        ["attn_logit_softcapping"] = null,
        ["final_logit_softcapping"] = null,
        ["query_pre_attn_scalar"] = null,
        ["attention_multiplier"] = null,
        ["embedding_multiplier"] = "1",
        ["residual_multiplier"] = "1",
        ["logits_scaling"] = "1",
        ["logit_scale"] = "1",
        ["num_local_experts"] = "0",
        ["num_experts"] = "0",
        ["quantization_config"] = null,
    };

    private void RefuseNotBuilt(string path)
    {
        foreach (var (field, value) in Unknown ?? new Dictionary<string, JsonElement>())
        {
            var name = field.StartsWith("lm_", StringComparison.Ordinal) ? field[3..] : field;
            if (NotBuilt.TryGetValue(name, out var neutral) && !LeavesOut(name, value, neutral))
                throw new ConfigException(path, field, $"is {value.GetRawText()}, which changes what the model computes and is not supported");
        }
    }

    private bool LeavesOut(string name, JsonElement value, string? neutral) => name switch
    {
        // All that a text may have is within it.
        "sliding_window" => IsNothing(value) || Is("use_sliding_window", JsonValueKind.False) || (value.ValueKind == JsonValueKind.Number && value.GetDouble() >= LmMaxPositions),
        "attention_chunk_size" => IsNothing(value) || (value.ValueKind == JsonValueKind.Number && value.GetDouble() >= LmMaxPositions),
        "rope_scaling" or "rope_parameters" => IsNothing(value) || IsDefaultRotation(value),
        "head_dim" => IsNothing(value) || (value.ValueKind == JsonValueKind.Number && value.GetDouble() == LmHeadDim),
        // A layer with 1 in the list has positions.
        "no_rope_layers" => IsNothing(value) || (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static layer => IsNeutral(layer, "1"))),
        _ => IsNothing(value) || (neutral is not null && IsNeutral(value, neutral)),
    };

    private bool Is(string field, JsonValueKind kind) => Unknown!.TryGetValue(field, out var value) && value.ValueKind == kind;

    /// <summary>The rotation by its base alone, as here.</summary>
    private bool IsDefaultRotation(JsonElement value) => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(entry => entry.Name switch
    {
        "type" or "rope_type" => IsNeutral(entry.Value, "default"),
        "rope_theta" => entry.Value.ValueKind == JsonValueKind.Number && entry.Value.GetDouble() == LmRotaryBase,
        _ => IsNothing(entry.Value),
    });

    private static bool IsNeutral(JsonElement value, string neutral) => value.ValueKind switch
    {
        JsonValueKind.String => value.ValueEquals(neutral),
        JsonValueKind.Number => value.GetDouble().ToString(System.Globalization.CultureInfo.InvariantCulture) == neutral,
        _ => false,
    };

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
