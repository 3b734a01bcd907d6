using System.Text.Json.Nodes;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model.Network;

/// <summary>Weights as Hugging Face's libraries save large ones: in several files and an index.</summary>
public sealed class ShardedWeightsTests : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";
    private const string Index = "model.safetensors.index.json";
    private const string Moved = "decoder.norm.weight";

    private readonly ModelFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Shards_are_read_as_one_file_is()
    {
        var expected = SaveShards();
        using var model = folder.Load(seed: 2);
        Assert.True(model.IsTrained);
        Assert.True(ModelParts.Load(folder.Folder, seed: 2).IsTrained);
        foreach (var (name, weights) in model.Network.state_dict())
            Assert.Equal(expected[name], weights.data<float>());
    }

    [Theory]
    [InlineData(First)]
    [InlineData(Second)]
    public void The_fingerprint_covers_every_shard(string changed)
    {
        SaveShards();
        var before = Fingerprint();
        Assert.Equal(before, ModelParts.Load(folder.Folder, seed: 9).Fingerprint);
        var path = Path.Combine(folder.Folder, changed);
        var bytes = File.ReadAllBytes(path);
        bytes[^2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.NotEqual(before, Fingerprint());
    }

    [Fact]
    public void A_single_file_goes_before_an_index()
    {
        SaveShards();
        using (var other = SeededWeights.Create(UnifiedVlm.Model.Configuration.ModelConfig.Load(folder.Folder), 5))
            ModelCheckpoint.Save(other, folder.Folder);
        var single = Fingerprint();
        File.Delete(Path.Combine(folder.Folder, Index));
        Assert.Equal(single, Fingerprint());
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        SaveShards();
        File.Delete(Path.Combine(folder.Folder, Second));
        var refusal = Refusal();
        Assert.Equal(Path.Combine(folder.Folder, Index), refusal.Path);
        Assert.Contains(Second, refusal.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_its_shard_lacks_is_named()
    {
        SaveShards(static map => map["decoder.blocks.7.attn.q_proj.weight"] = First);
        var refusal = Refusal();
        Assert.Equal("decoder.blocks.7.attn.q_proj.weight", refusal.Tensor);
        Assert.Contains(First, refusal.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_in_another_shard_than_the_index_says_is_named()
    {
        SaveShards(static map => map[Moved] = (string?)map[Moved] == First ? Second : First);
        Assert.Equal(Moved, Refusal().Tensor);
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/model.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    public void A_path_that_leaves_the_folder_is_refused_by_the_tensors_name(string path)
    {
        SaveShards(map => map[Moved] = path);
        Assert.Equal(Moved, Refusal().Tensor);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"weight_map\":{}}")]
    [InlineData("{\"weight_map\":{\"a\":1}}")]
    [InlineData("{\"weight_map\":{\"a\":\"b\",\"a\":\"c\"}}")]
    public void What_is_no_index_is_refused(string json)
    {
        File.WriteAllText(Path.Combine(folder.Folder, Index), json);
        Assert.Equal(Path.Combine(folder.Folder, Index), Refusal().Path);
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model.bin.index.json")]
    [InlineData("consolidated.00.pth")]
    [InlineData("model-00001-of-00002.safetensors")]
    [InlineData("Model.safetensors")]
    public void Weights_that_are_not_read_are_not_replaced_by_a_seed(string name)
    {
        File.WriteAllBytes(Path.Combine(folder.Folder, name), [0]);
        Assert.Equal(Path.Combine(folder.Folder, name), Refusal().Path);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData(Index)]
    public void What_is_no_file_in_the_weights_place_is_refused(string name)
    {
        Directory.CreateDirectory(Path.Combine(folder.Folder, name));
        Assert.Equal(Path.Combine(folder.Folder, name), Refusal().Path);
    }

    /// <summary>For those that have the weights and those that only need their fingerprint.</summary>
    private CheckpointException Refusal()
    {
        var refusal = Assert.Throws<CheckpointException>(() => folder.Load());
        if (refusal.Tensor is null)
            Assert.Throws<CheckpointException>(() => ModelParts.Load(folder.Folder, seed: 0));
        return refusal;
    }

    private string Fingerprint() => ModelParts.Load(folder.Folder, seed: 0).Fingerprint;

    /// <returns>Every parameter's numbers.</returns>
    private Dictionary<string, float[]> SaveShards(Action<JsonObject>? change = null)
    {
        using var model = folder.Load(seed: 1);
        using var scope = torch.NewDisposeScope();
        var tensors = NetworkTensors.Weights(model.Network).Select(static t => TensorFiles.ToFile(t.Name, t.Tensor.detach())).OrderBy(static t => t.Name, StringComparer.Ordinal).ToList();
        var half = tensors.Count / 2;
        var map = new JsonObject();
        Save(First, tensors[..half]);
        Save(Second, tensors[half..]);
        change?.Invoke(map);
        File.WriteAllText(Path.Combine(folder.Folder, Index), new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 1 }, ["weight_map"] = map }.ToJsonString());
        return model.Network.state_dict().ToDictionary(static w => w.Key, static w => w.Value.data<float>().ToArray());

        void Save(string file, List<SafetensorsTensor> part)
        {
            SafetensorsWriter.Write(Path.Combine(folder.Folder, file), part, new Dictionary<string, string> { ["format"] = "pt" });
            foreach (var tensor in part)
                map[tensor.Name] = file;
        }
    }
}
