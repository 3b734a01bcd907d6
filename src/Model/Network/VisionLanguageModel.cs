using System.Runtime.InteropServices;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Projection;
using UnifiedVlm.Model.Vision;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Network;

/// <summary>
/// The network: vision encoder, projector, decoder. Embedding, generating and training all go pixels -> <see cref="EncodePictures"/> ->
/// <see cref="Project"/> -> <see cref="Embed"/> -> <see cref="Hidden"/>, and on to <see cref="Logits"/> where words are wanted. Every call
/// leaves its tensors to the caller's dispose scope and records gradients as the caller has set it.
/// </summary>
public sealed class VisionLanguageModel : nn.Module
{
    private readonly VisionEncoder vision;
    private readonly ModalityProjector projector;
    private readonly LanguageDecoder decoder;

    /// <summary>A network whose weights are still to be loaded or initialised.</summary>
    internal VisionLanguageModel(ModelConfig config)
    {
        Config = config;
        vision = register_module("vision_encoder", new VisionEncoder(config));
        decoder = register_module("decoder", new LanguageDecoder(config));
        projector = register_module("MP", new ModalityProjector(config));
    }

    public ModelConfig Config { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device => parameters().First().device;

    /// <summary>What the weights are, and the states between the layers with them.</summary>
    public ScalarType Type => parameters().First().dtype;

    /// <summary>
    /// While gradients are recorded, each transformer block keeps its input only and is computed once more in the backward pass: a third
    /// more work for a fraction of the memory. Off unless set.
    /// </summary>
    public bool ActivationCheckpointing
    {
        get => decoder.ActivationCheckpointing;
        set => decoder.ActivationCheckpointing = vision.ActivationCheckpointing = value;
    }

    /// <summary>Normalised pixels [N,3,S,S] -> a state per patch [N,P,C].</summary>
    public Tensor EncodePictures(Tensor pixels) => vision.forward(pixels.to(Type));

    /// <summary>Patch states [N,P,C] -> image tokens [N,I,d].</summary>
    public Tensor Project(Tensor patches) => projector.forward(patches);

    /// <summary>Embeddings of a packed batch, with the image tokens in the places of their placeholders.</summary>
    /// <param name="ids">N ids.</param>
    /// <param name="imageTokens">[n,I,d], in reading order; null without pictures.</param>
    /// <param name="imageTokenId">The placeholder.</param>
    /// <returns>[N,d].</returns>
    /// <exception cref="ArgumentException">The placeholders are not as many as the image tokens.</exception>
    public Tensor Embed(ReadOnlySpan<int> ids, Tensor? imageTokens, int imageTokenId)
    {
        var tokens = new long[ids.Length];
        var places = new List<long>();
        for (var i = 0; i < ids.Length; i++)
        {
            tokens[i] = ids[i];
            if (imageTokens is not null && ids[i] == imageTokenId)
                places.Add(i);
        }

        var embedded = decoder.Embed(tensor(tokens, device: Device));
        if (imageTokens is null)
            return embedded;
        var flat = imageTokens.reshape(-1, Config.LmHiddenDim);
        if (flat.size(0) != places.Count)
            throw new ArgumentException($"{places.Count} placeholders stand for {flat.size(0)} image tokens.", nameof(ids));

        var index = tensor(CollectionsMarshal.AsSpan(places), device: Device);
        return embedded.index_copy_(0, index, flat);
    }

    /// <summary>Embeddings [N,d] of a packed batch -> states after the final norm [N,d].</summary>
    /// <param name="cache">Read and extended; for one sequence.</param>
    public Tensor Hidden(Tensor embeddings, SequenceLayout layout, KeyValueCache? cache = null, PositionLimit limit = PositionLimit.Refuse) =>
        decoder.Hidden(embeddings, layout, cache is null ? null : [cache], limit);

    /// <summary>As <see cref="Hidden"/>, to be computed layer by layer. The embeddings go over to the pass.</summary>
    public LayeredPass BeginHidden(Tensor embeddings, SequenceLayout layout) => decoder.Begin(embeddings, layout);

    /// <summary>As <see cref="Hidden"/> for several sequences that continue what a cache of each holds: one pass reads the weights once for all.</summary>
    /// <param name="caches">Read and extended.</param>
    public Tensor HiddenWithCaches(Tensor embeddings, SequenceLayout layout, IReadOnlyList<KeyValueCache> caches) =>
        decoder.Hidden(embeddings, layout, caches, PositionLimit.Refuse);

    /// <summary>States [..,d] -> logits [..,V].</summary>
    public Tensor Logits(Tensor hidden) => decoder.Logits(hidden);
}
