using System.Runtime.InteropServices;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Golden.Model;

/// <summary>A small random checkpoint against what nanoVLM's own PyTorch code computed with it.</summary>
public sealed class NanoVlmGoldenTests : IDisposable
{
    private const int ImageToken = 298;
    private const double Tolerance = 1e-4;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "nanovlm-tiny");

    private readonly SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(Folder, "golden.safetensors"));
    private readonly VisionLanguageModel model = ModelCheckpoint.Load(Folder, TestDevice.Name);
    private readonly IDisposable gradients = no_grad();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        gradients.Dispose();
        model.Dispose();
        golden.Dispose();
    }

    [Fact]
    public void Every_stage_agrees()
    {
        var ids = Ids("input_ids");
        var pixels = tensor(Floats("pixel_values"), golden.Entry("pixel_values").Shape, device: TestDevice.Name);

        var vit = model.EncodePictures(pixels);
        AssertClose("vit", vit);
        var projected = model.Project(vit);
        AssertClose("projected", projected);
        var embeddings = model.Embed(ids, projected, ImageToken);
        AssertClose("input_embeddings", embeddings);
        var hidden = model.Hidden(embeddings, SequenceLayout.Of(24, 24));
        AssertClose("hidden", hidden);
        var logits = model.Logits(hidden);
        AssertClose("logits", logits);
        var loss = nn.functional.cross_entropy(logits, tensor(Longs("targets"), device: TestDevice.Name), ignore_index: -100);
        AssertClose("loss", loss);
    }

    [Fact]
    public void Every_stage_agrees_for_text_alone()
    {
        var hidden = model.Hidden(model.Embed(Ids("text_ids"), null, ImageToken), SequenceLayout.Of(10));
        AssertClose("text_hidden", hidden);
        AssertClose("text_logits", model.Logits(hidden));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Greedy_tokens_are_the_same(bool useCache)
    {
        var pictures = model.Project(model.EncodePictures(tensor(Floats("pixel_values"), golden.Entry("pixel_values").Shape, device: TestDevice.Name)));
        var prompt = model.Embed(Ids("input_ids").AsSpan(0, 24), pictures.narrow(0, 0, 2), ImageToken);
        Assert.Equal(Ids("greedy"), GreedyContinuation.Run(model, prompt, 16, useCache));

        var text = model.Embed(Ids("text_ids"), null, ImageToken);
        Assert.Equal(Ids("text_greedy"), GreedyContinuation.Run(model, text, 16, useCache));
    }

    /// <summary>Continuous batching on the golden prompts: texts join one pass after another, prompts are read in stretches, blocks are scattered.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(7)]
    [InlineData(1)]
    public void Greedy_tokens_are_the_same_in_one_batch(int stretch)
    {
        var pictures = model.Project(model.EncodePictures(tensor(Floats("pixel_values"), golden.Entry("pixel_values").Shape, device: TestDevice.Name)));
        var prompts = new[]
        {
            (model.Embed(Ids("input_ids").AsSpan(0, 24), pictures.narrow(0, 0, 2), ImageToken), Ids("greedy")),
            (model.Embed(Ids("text_ids"), null, ImageToken), Ids("text_greedy")),
        };
        using var pool = new KeyValuePool(model.Config, 400, TestDevice.Name);
        var texts = new List<BatchedText>();
        var running = new List<BatchedText>();
        for (var pass = 0; texts.Count < 6 || running.Count > 0; pass++)
        {
            if (texts.Count < 6 && pass % 3 == 0)
            {
                var (embeddings, expected) = prompts[texts.Count % 2];
                texts.Add(new BatchedText(embeddings, expected, pool.TryReserve((int)embeddings.size(0) + expected.Length)!));
                running.Add(texts[^1]);
            }

            BatchedText.Step(model, running, stretch);
            foreach (var done in running.Where(static text => text.IsDone))
                done.Cache.Dispose();
            running.RemoveAll(static text => text.IsDone);
        }

        Assert.All(texts, static text => Assert.Equal(text.Expected, text.Tokens));
        Assert.Equal(0, pool.UsedBlocks);
    }

    [Fact]
    public void A_checkpoint_written_and_read_again_is_the_same()
    {
        var folder = Directory.CreateTempSubdirectory("uvlm-checkpoint-").FullName;
        try
        {
            ModelCheckpoint.Save(model, folder);
            using var written = SafetensorsFile.Open(Path.Combine(folder, ModelCheckpoint.FileName));
            using var original = SafetensorsFile.Open(Path.Combine(Folder, ModelCheckpoint.FileName));
            Assert.Equal(original.Entries.Keys.Order(StringComparer.Ordinal), written.Entries.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(original.Metadata, written.Metadata);
            foreach (var name in original.Entries.Keys)
            {
                Assert.Equal(original.Entry(name).Shape, written.Entry(name).Shape);
                Assert.True(original.Bytes(name).SequenceEqual(written.Bytes(name)), name);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void AssertClose(string name, Tensor actual)
    {
        var expected = Floats(name);
        var values = actual.contiguous().data<float>();
        Assert.Equal(expected.Length, values.Length);

        // Relative to the stage's own scale: single values near zero have no meaningful relative error.
        var scale = expected.Max(MathF.Abs);
        var worst = expected.Zip(values, static (e, v) => MathF.Abs(e - v)).Max();
        Assert.True(worst <= Tolerance * scale, $"{name}: off by {worst} at a scale of {scale}");
    }

    private float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(golden.Bytes(name)).ToArray();

    private long[] Longs(string name) => MemoryMarshal.Cast<byte, long>(golden.Bytes(name)).ToArray();

    private int[] Ids(string name) => [.. Longs(name).Select(static id => (int)id)];
}
