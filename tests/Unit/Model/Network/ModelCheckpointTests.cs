using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model.Network;

public sealed class ModelCheckpointTests : IDisposable
{
    private readonly ModelFolder folder = new();

    private string FilePath => Path.Combine(folder.Folder, ModelCheckpoint.FileName);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Weights_from_a_seed_are_the_same_wherever_they_are_made()
    {
        // Fixed numbers, computed apart from this code: another machine, runtime or libtorch must give the same.
        using var model = SeededWeights.Create(ModelConfig.Load(folder.Folder), 1);
        var weights = model.state_dict()["decoder.blocks.0.mlp.down_proj.weight"].data<float>();
        Assert.Equal(ExpectedBits, weights.Take(4).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void A_folder_without_weights_is_untrained_and_one_with_is_trained()
    {
        using var seeded = folder.Load(seed: 1);
        using var again = folder.Load(seed: 1);
        using var other = folder.Load(seed: 2);
        Assert.False(seeded.IsTrained);
        Assert.Equal(seeded.Encoder.Fingerprint, again.Encoder.Fingerprint);
        Assert.NotEqual(seeded.Encoder.Fingerprint, other.Encoder.Fingerprint);

        ModelCheckpoint.Save(seeded.Network, folder.Folder);
        using var trained = folder.Load(seed: 2);
        Assert.True(trained.IsTrained);
        Assert.NotEqual(seeded.Encoder.Fingerprint, trained.Encoder.Fingerprint);
        foreach (var (name, weights) in seeded.Network.state_dict())
            Assert.Equal(weights.data<float>(), trained.Network.state_dict()[name].data<float>());
    }

    [Fact]
    public void A_setting_changes_the_fingerprint()
    {
        using var before = folder.Load();
        new PreparationSettings { MaxPartTokens = 64 }.Save(folder.Folder);
        using var after = folder.Load();
        Assert.NotEqual(before.Encoder.Fingerprint, after.Encoder.Fingerprint);
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_its_config_is_refused_by_the_tensors_name()
    {
        using (var model = folder.Load())
            ModelCheckpoint.Save(model.Network, folder.Folder);
        var config = ModelConfig.Load(folder.Folder);

        AssertRefused("decoder.blocks.2.mlp.gate_proj.weight", "missing", config with { LmBlocks = 3 });
        AssertRefused("decoder.blocks.1.attn.k_proj.weight", "no place", config with { LmBlocks = 1 });
        AssertRefused("decoder.blocks.0.mlp.gate_proj.weight", "[64, 32]", config with { LmInterDim = 128 });
        AssertRefused("decoder.token_embedding.weight", "missing", config with { LmTieWeights = false });
    }

    [Fact]
    public void Weights_of_another_type_are_converted()
    {
        using var model = folder.Load();
        using var scope = torch.NewDisposeScope();
        var tensors = NetworkTensors.Weights(model.Network).Select(static t => TensorFiles.ToFile(t.Name, t.Tensor.detach().to(torch.bfloat16))).ToList();
        SafetensorsWriter.Write(FilePath, tensors);
        using var loaded = ModelCheckpoint.Load(folder.Folder);
        foreach (var (name, weights) in model.Network.state_dict())
            Assert.True(loaded.state_dict()[name].allclose(weights, rtol: 1e-2, atol: 1e-3), name);
    }

    [Fact]
    public void Rotary_frequencies_are_those_of_the_checkpoint_and_go_back_into_it()
    {
        using var model = folder.Load();
        float[] doubled = [.. NetworkTensors.Rotary(model.Network).InverseFrequencies.Select(static f => 2 * f)];
        Write(model.Network, doubled, ScalarType.Float32);
        using var loaded = ModelCheckpoint.Load(folder.Folder, TestDevice.Name);
        Assert.Equal(doubled, NetworkTensors.Rotary(loaded).InverseFrequencies);
        Assert.NotEqual(Hidden(model.Network), Hidden(loaded));

        // Weights of fewer bits leave them as they are.
        loaded.to(ScalarType.BFloat16);
        ModelCheckpoint.Save(loaded, folder.Folder);
        using var again = ModelCheckpoint.Load(folder.Folder);
        Assert.Equal(doubled, NetworkTensors.Rotary(again).InverseFrequencies);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Rotary_frequencies_that_a_file_has_rounded_are_those_of_the_config(ScalarType type)
    {
        using var model = folder.Load();
        var frequencies = NetworkTensors.Rotary(model.Network).InverseFrequencies;
        Write(model.Network, frequencies, type);
        using var loaded = ModelCheckpoint.Load(folder.Folder);
        Assert.Equal(frequencies, NetworkTensors.Rotary(loaded).InverseFrequencies);
        Assert.Equal(frequencies, NetworkTensors.Rotary(loaded).Stored.data<float>());

        // Weights of 16 bits that were trained further and are written in 32.
        float[] rounded;
        using (torch.NewDisposeScope())
            rounded = torch.tensor(frequencies).to(type).to(ScalarType.Float32).data<float>();
        Assert.NotEqual(frequencies, rounded);
        Write(model.Network, rounded, ScalarType.Float32);
        using var further = ModelCheckpoint.Load(folder.Folder);
        Assert.Equal(frequencies, NetworkTensors.Rotary(further).InverseFrequencies);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_weight_that_is_no_number_is_refused_by_the_tensors_name(float value)
    {
        // Of the query, key and value projections in one matrix the rows of the last, and one number of them.
        const string Name = "decoder.blocks.1.attn.v_proj.weight";
        using (var model = folder.Load())
        {
            using (torch.no_grad())
            using (torch.NewDisposeScope())
                NetworkTensors.Weights(model.Network).Single(static w => w.Name == Name).Tensor.narrow(0, 3, 1).narrow(1, 5, 1).fill_(value);
            ModelCheckpoint.Save(model.Network, folder.Folder);
        }

        var refusal = Assert.Throws<CheckpointException>(() => folder.Load());
        Assert.Equal((FilePath, Name), (refusal.Path, refusal.Tensor));
        Assert.Contains("NaN", refusal.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_that_is_no_number_is_refused_by_the_tensors_name()
    {
        using (var head = new EmbeddingHead(32, (16, 8)))
        {
            using (torch.no_grad())
                head.named_parameters().Single(static p => p.name == "head.fc2.bias").parameter.fill_(float.PositiveInfinity);
            head.Save(folder.Folder);
        }

        Assert.Equal("head.fc2.bias", Assert.Throws<CheckpointException>(() => folder.Load()).Tensor);
    }

    [Fact]
    public void A_config_of_a_size_that_there_is_no_memory_for_is_refused()
    {
        // An embedding of a terabyte.
        (ModelConfig.Load(folder.Folder) with { LmHiddenDim = 1 << 16, LmVocabSize = 1 << 22 }).Save(folder.Folder);
        Assert.Contains("memory", Assert.Throws<CheckpointException>(() => folder.Load()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tokenizer_must_fit_the_vocabulary()
    {
        (ModelConfig.Load(folder.Folder) with { LmVocabSize = 8000, LmBaseVocabSize = 7000 }).Save(folder.Folder);
        Assert.Equal("lm_vocab_size", Assert.Throws<ConfigException>(() => folder.Load()).Field);
    }

    private void Write(VisionLanguageModel model, float[] frequencies, ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var tensors = NetworkTensors.Weights(model).Select(static t => TensorFiles.ToFile(t.Name, t.Tensor)).ToList();
        tensors.Add(TensorFiles.ToFile(NetworkTensors.InverseFrequencies, torch.tensor(frequencies), type));
        SafetensorsWriter.Write(FilePath, tensors);
    }

    private static float[] Hidden(VisionLanguageModel model)
    {
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return model.Hidden(model.Embed([5, 6, 7, 8], null, 0), SequenceLayout.Of(4)).data<float>();
    }

    private void AssertRefused(string tensor, string problem, ModelConfig config)
    {
        config.Save(folder.Folder);
        var refusal = Assert.Throws<CheckpointException>(() => ModelCheckpoint.Load(folder.Folder));
        Assert.Equal(tensor, refusal.Tensor);
        Assert.Contains(problem, refusal.Problem, StringComparison.Ordinal);
    }

    private static readonly int[] ExpectedBits = [1012984908, -1111925062, 1043081002, -1118184882];
}
