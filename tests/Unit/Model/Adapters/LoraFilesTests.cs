using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Model.Adapters;

public sealed class LoraFilesTests : IDisposable
{
    private const string Layer = "decoder.blocks.1.mlp.down_proj";

    private const string PeftConfig = """
        {
          "alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "some/base", "bias": "none", "corda_config": null, "eva_config": null,
          "exclude_modules": null, "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layer_replication": null,
          "layers_pattern": null, "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 3, "lora_bias": false, "lora_dropout": 0.05,
          "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA", "qalora_group_size": 16, "r": 2,
          "rank_pattern": {}, "revision": null, "target_modules": ["blocks.1.mlp.down_proj"], "task_type": "CAUSAL_LM", "trainable_token_indices": null,
          "use_dora": false, "use_rslora": false
        }
        """;

    private readonly AdaptedModel model = new();
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-adapter-").FullName;

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void What_is_saved_reads_back_to_the_same_numbers()
    {
        using var adapter = model.Adapter(AdaptedModel.Config with { Dropout = 0.25, IsRankStabilised = true, BaseModel = "the/base" });
        adapter.Save(folder);
        using var read = LoraAdapter.Load(model.Network, folder);
        Assert.Equal((3, 6, 0.25, true, "the/base"), (read.Config.Rank, read.Config.Alpha, read.Config.Dropout, read.Config.IsRankStabilised, read.Config.BaseModel));
        Assert.Equal(6 / Math.Sqrt(3), read.Config.Scale, 1e-12);
        Assert.Equal(adapter.Layers, read.Config.Targets.Names);
        Assert.False(read.IsAttached);
        foreach (var (first, second) in adapter.named_parameters().Zip(read.named_parameters()))
        {
            Assert.Equal(first.name, second.name);
            Assert.Equal(first.parameter.detach().data<float>(), second.parameter.detach().data<float>());
        }

        using (AdapterScope.Enter(adapter))
        {
            var expected = model.Values();
            using (AdapterScope.Enter(read))
                Assert.Equal(expected, model.Values());
        }

        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void The_tensors_have_pefts_names()
    {
        using var adapter = model.Adapter(AdaptedModel.Config with { Targets = LoraTargets.Named("blocks.0.attn.q_proj", "MP.proj") });
        adapter.Save(folder);
        using var file = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        Assert.Equal(
            [
                "base_model.model.MP.proj.lora_A.weight [3, 128]",
                "base_model.model.MP.proj.lora_B.weight [32, 3]",
                "base_model.model.decoder.blocks.0.attn.q_proj.lora_A.weight [3, 32]",
                "base_model.model.decoder.blocks.0.attn.q_proj.lora_B.weight [32, 3]",
            ],
            file.Entries.Values.Select(static e => $"{e.Name} [{string.Join(", ", e.Shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal("pt", file.Metadata["format"]);
        var config = File.ReadAllText(Path.Combine(folder, "adapter_config.json"));
        Assert.Contains("\"peft_type\": \"LORA\"", config, StringComparison.Ordinal);
        Assert.Contains("\"r\": 3", config, StringComparison.Ordinal);
        Assert.Contains("\"blocks.0.attn.q_proj\"", config, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_written_by_hand_adds_what_the_paper_says()
    {
        var (a, b) = WriteByHand();
        var plain = model.Values();
        using var adapter = LoraAdapter.Load(model.Network, folder);
        Assert.Equal([Layer], adapter.Layers);
        using (AdapterScope.Enter(adapter))
        {
            var actual = model.Values();

            // W + (alpha / r) B A, written into the weight by hand.
            var weight = model.Network.named_parameters().Single(static p => p.name == Layer + ".weight").parameter;
            using (no_grad())
            using (NewDisposeScope())
            {
                var (rows, columns) = ((int)weight.size(0), (int)weight.size(1));
                var values = weight.data<float>();
                for (var i = 0; i < rows; i++)
                {
                    for (var j = 0; j < columns; j++)
                        values[i * columns + j] += 1.5f * (b[2 * i] * a[j] + b[2 * i + 1] * a[columns + j]);
                }

                weight.copy_(tensor(values, weight.shape));
            }

            using (AdapterScope.Enter(null))
                Assert.True(LoraAdapterTests.Distance(model.Values(), actual) < 1e-5);
            Assert.True(LoraAdapterTests.Distance(plain, actual) > 1e-3);
        }
    }

    [Fact]
    public void A_listed_name_that_the_model_has_not_is_passed_over_where_others_match()
    {
        WriteByHand();
        var path = Path.Combine(folder, "adapter_config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("[\"blocks.1.mlp.down_proj\"]", "[\"o_proj\", \"blocks.1.mlp.down_proj\"]", StringComparison.Ordinal));
        using var adapter = LoraAdapter.Load(model.Network, folder);
        Assert.Equal([Layer], adapter.Layers);
    }

    [Theory]
    [InlineData("lora_A", "r = 2")]
    [InlineData("missing", "is missing")]
    [InlineData("unknown", "target_modules")]
    public void A_tensor_that_does_not_fit_is_named(string flaw, string problem)
    {
        WriteByHand(flaw);
        var error = Assert.Throws<CheckpointException>(() => LoraAdapter.Load(model.Network, folder));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.StartsWith("base_model.model.", error.Tensor, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "peft_type")]
    [InlineData("\"r\": 2", "\"r\": 0", "r")]
    [InlineData("\"r\": 2,", "", "r")]
    [InlineData("\"r\": 2,", "\"r\": 33,", "r")]
    [InlineData("\"r\": 2,", "\"r\": 2000000000,", "r")]
    [InlineData("\"r\": 2", "\"r\": \"2\"", "r")]
    [InlineData("\"lora_alpha\": 3", "\"lora_alpha\": -1", "lora_alpha")]
    [InlineData("\"lora_dropout\": 0.05", "\"lora_dropout\": 1", "lora_dropout")]
    [InlineData("\"use_dora\": false", "\"use_dora\": true", "use_dora")]
    [InlineData("\"use_dora\": false", "\"init_lora_weights\": \"pissa_niter_16\"", "init_lora_weights")]
    [InlineData("\"use_dora\": false", "\"alora_invocation_tokens\": [1]", "alora_invocation_tokens")]
    [InlineData("\"rank_pattern\": {}", "\"rank_pattern\": {\"q_proj\": 4}", "rank_pattern")]
    [InlineData("\"modules_to_save\": null", "\"modules_to_save\": [\"head\"]", "modules_to_save")]
    [InlineData("\"bias\": \"none\"", "\"bias\": \"all\"", "bias")]
    [InlineData("\"use_rslora\": false", "\"use_rslora\": 1", "use_rslora")]
    [InlineData("[\"blocks.1.mlp.down_proj\"]", "[\"down\"]", "target_modules")]
    [InlineData("[\"blocks.1.mlp.down_proj\"]", "[]", "target_modules")]
    [InlineData("[\"blocks.1.mlp.down_proj\"]", "\"(\"", "target_modules")]
    [InlineData("[\"blocks.1.mlp.down_proj\"]", "\"(([a-z_0-9.]+)+)+X\"", "target_modules")]
    [InlineData("[\"blocks.1.mlp.down_proj\"]", "7", "target_modules")]
    [InlineData("{\n  \"alpha", "[\n  \"alpha", "$")]
    public void A_setting_that_can_not_be_used_is_named(string from, string to, string field)
    {
        WriteByHand();
        var text = File.ReadAllText(Path.Combine(folder, "adapter_config.json"));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), text.Replace(from, to, StringComparison.Ordinal));
        var refusal = Assert.Throws<ConfigException>(() => LoraAdapter.Load(model.Network, folder));
        Assert.Equal((Path.Combine(folder, "adapter_config.json"), field), (refusal.Path, refusal.Field));
    }

    [Fact]
    public void A_factor_that_is_no_number_is_named()
    {
        WriteByHand("infinite");
        var error = Assert.Throws<CheckpointException>(() => LoraAdapter.Load(model.Network, folder));
        Assert.Equal($"base_model.model.{Layer}.lora_A.weight", error.Tensor);
    }

    [Fact]
    public void A_folder_without_the_files_says_which()
    {
        Assert.Contains("adapter_config.json", Assert.Throws<ConfigException>(() => LoraAdapter.Load(model.Network, folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), PeftConfig);
        Assert.Contains("adapter_model.safetensors", Assert.Throws<CheckpointException>(() => LoraAdapter.Load(model.Network, folder)).Message, StringComparison.Ordinal);
    }

    /// <summary>For a down projection [32, 64] of rank 2.</summary>
    private (float[] A, float[] B) WriteByHand(string flaw = "")
    {
        var a = Enumerable.Range(0, 2 * 64).Select(static i => (i % 7 - 3) * 0.05f).ToArray();
        a[9] = flaw == "infinite" ? float.PositiveInfinity : a[9];
        var b = Enumerable.Range(0, 32 * 2).Select(static i => (i % 5 - 2) * 0.1f).ToArray();
        var tensors = new List<SafetensorsTensor>
        {
            SafetensorsTensor.Of($"base_model.model.{Layer}.lora_A.weight", flaw == "lora_A" ? [4, 32] : [2, 64], a),
        };
        if (flaw != "missing")
            tensors.Add(SafetensorsTensor.Of($"base_model.model.{Layer}.lora_B.weight", [32, 2], b));
        if (flaw == "unknown")
            tensors.Add(SafetensorsTensor.Of("base_model.model.decoder.head.lora_A.weight", [2, 64], a));
        SafetensorsWriter.Write(Path.Combine(folder, "adapter_model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), PeftConfig);
        return (a, b);
    }
}
