using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Model.Adapters;

/// <summary>A very small model and adapters for it.</summary>
internal sealed class AdaptedModel : IDisposable
{
    private readonly ModelFolder folder = new();
    private readonly UnifiedModel loaded;

    public AdaptedModel() => loaded = folder.Load();

    public static LoraConfig Config { get; } = new() { Rank = 3, Alpha = 6, Targets = LoraTargets.All };

    public VisionLanguageModel Network => loaded.Network;

    public string Folder => folder.Folder;

    /// <summary>An adapter that does change the model: neither factor is zero. Not attached.</summary>
    public LoraAdapter Adapter(LoraConfig? config = null, int seed = 1)
    {
        var adapter = LoraAdapter.Create(Network, config ?? Config, (ulong)seed);
        Randomise(adapter, seed);
        return adapter;
    }

    public static void Randomise(LoraAdapter adapter, int seed)
    {
        using var mode = no_grad();
        var random = new Random(seed);
        foreach (var (_, parameter) in adapter.named_parameters())
        {
            using var drawn = tensor([.. Enumerable.Range(0, (int)parameter.numel()).Select(_ => 0.2f * (random.NextSingle() - 0.5f))], parameter.shape);
            parameter.copy_(drawn);
        }
    }

    /// <summary>States of two sequences, one of them with a picture; every linear layer takes part. In the caller's scope.</summary>
    public Tensor States()
    {
        var image = loaded.Tokenizer.Find("<|image|>")!.Value;
        var pixels = linspace(-1, 1, 3 * 32 * 32, device: TestDevice.Name).view(1, 3, 32, 32);
        return Network.Hidden(Network.Embed([5, image, image, image, image, 6, 7], Network.Project(Network.EncodePictures(pixels)), image), SequenceLayout.Of(5, 2));
    }

    public float[] Values()
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        return States().data<float>();
    }

    public void Dispose()
    {
        loaded.Dispose();
        folder.Dispose();
    }
}
