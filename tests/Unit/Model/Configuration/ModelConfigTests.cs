using System.Text.Json.Nodes;
using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Tests.Unit.Model.Configuration;

public sealed class ModelConfigTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-config-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Fields_that_nothing_reads_are_written_back()
    {
        var original = Valid();
        original["lm_chat_template"] = "{% x %}";
        original["someone_elses"] = new JsonObject { ["deep"] = new JsonArray(1, null, "ä") };
        Parse(original).Save(folder);

        var written = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, ModelConfig.FileName)))!.AsObject();
        foreach (var (name, value) in original)
            Assert.True(JsonNode.DeepEquals(value, written[name]), $"{name}: {value?.ToJsonString()} became {written[name]?.ToJsonString()}");
    }

    [Theory]
    [InlineData("lm_n_heads", "7")]
    [InlineData("lm_n_heads", "0")]
    [InlineData("lm_n_heads", "\"4\"")]
    [InlineData("lm_n_kv_heads", "3")]
    [InlineData("lm_hidden_dim", "100000000")]
    [InlineData("vit_patch_size", "5")]
    [InlineData("vit_cls_flag", "true")]
    [InlineData("mp_pixel_shuffle_factor", "3")]
    [InlineData("mp_image_token_length", "17")]
    [InlineData("lm_rms_eps", "0")]
    [InlineData("lm_max_position_embeddings", "-1")]
    [InlineData("lm_base_vocab_size", "9999999")]
    [InlineData("rope_scaling", "{\"rope_type\":\"yarn\",\"factor\":4}")]
    [InlineData("lm_rope_scaling", "{\"type\":\"linear\",\"factor\":2}")]
    [InlineData("rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":12345}")]
    [InlineData("sliding_window", "8")]
    [InlineData("lm_sliding_window", "8")]
    [InlineData("attention_bias", "true")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("head_dim", "6")]
    [InlineData("partial_rotary_factor", "0.5")]
    [InlineData("no_rope_layers", "[1,0]")]
    [InlineData("final_logit_softcapping", "30.0")]
    [InlineData("quantization_config", "{\"bits\":4}")]
    public void An_impossible_field_is_named(string field, string value)
    {
        var json = Valid();
        json[field] = JsonNode.Parse(value);
        Assert.Equal(field, Assert.Throws<ConfigException>(() => Parse(json)).Field);
    }

    /// <summary>Written out in many configs, and without effect there as here.</summary>
    [Theory]
    [InlineData("rope_scaling", "null")]
    [InlineData("rope_scaling", "{\"rope_type\":\"default\"}")]
    [InlineData("sliding_window", "null")]
    [InlineData("sliding_window", "1000000")]
    [InlineData("attention_bias", "false")]
    [InlineData("hidden_act", "\"silu\"")]
    [InlineData("partial_rotary_factor", "1.0")]
    [InlineData("no_rope_layers", "[1,1]")]
    [InlineData("rope_scaling_note", "\"anything\"")]
    public void What_a_field_of_others_leaves_out_is_read(string field, string value)
    {
        var json = Valid();
        json[field] = JsonNode.Parse(value);
        Parse(json);
    }

    [Fact]
    public void A_window_that_is_switched_off_is_none()
    {
        var json = Valid();
        (json["sliding_window"], json["use_sliding_window"]) = (8, false);
        Parse(json);
    }

    [Fact]
    public void A_role_without_a_token_is_named()
    {
        var json = Valid();
        json["vlm_extra_tokens"] = new JsonObject { ["image_token"] = "<|image|>", ["anything"] = null };
        Assert.Equal("vlm_extra_tokens.anything", Assert.Throws<ConfigException>(() => Parse(json)).Field);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_settings()
    {
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), Valid().ToJsonString(), new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        File.WriteAllText(Path.Combine(folder, PreparationSettings.FileName), "{\"max_part_tokens\":64}", new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(0xEF, File.ReadAllBytes(Path.Combine(folder, ModelConfig.FileName))[0]);
        Assert.Equal((Parse(Valid()).LmBlocks, 64), (ModelConfig.Load(folder).LmBlocks, PreparationSettings.Load(folder).MaxPartTokens));
    }

    [Fact]
    public void A_missing_field_is_named()
    {
        var json = Valid();
        json.Remove("lm_n_blocks");
        Assert.Contains("lm_n_blocks", Assert.Throws<ConfigException>(() => Parse(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"image_mean\":[1,2]}", "image_mean")]
    [InlineData("{\"image_std\":[1,0,1]}", "image_std")]
    [InlineData("{\"image_std\":[1e-39,1e-39,1e-39]}", "image_std")]
    [InlineData("{\"image_std\":[1,9e-7,1]}", "image_std")]
    [InlineData("{\"image_mean\":[0,0,1e38]}", "image_mean")]
    [InlineData("{\"max_part_tokens\":3}", "max_part_tokens")]
    [InlineData("{\"text_prompt\":\" \"}", "text_prompt")]
    [InlineData("{\"image_resize\":\"stretch\"}", "image_resize")]
    [InlineData("{\"max_part_token\":64}", "max_part_token")]
    public void An_impossible_preparation_setting_is_named(string json, string field) =>
        Assert.Contains(field, Assert.Throws<ConfigException>(() => PreparationSettings.Parse("p", System.Text.Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_shipped_models_files_are_valid()
    {
        Assert.Equal(16, ModelConfig.Load(ModelFolder.UvlmTiny).ImageTokens);
        Assert.Equal(128, PreparationSettings.Load(ModelFolder.UvlmTiny).MaxPartTokens);
    }

    private static JsonObject Valid() => JsonNode.Parse(File.ReadAllBytes(Path.Combine(ModelFolder.UvlmTiny, ModelConfig.FileName)))!.AsObject();

    private static ModelConfig Parse(JsonObject json) => ModelConfig.Parse("config.json", System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()));
}
