using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>A causal transformer in LLaMA's style (arXiv 2302.13971) over embeddings of text and pictures alike.</summary>
internal sealed class LanguageDecoder : nn.Module
{
    private readonly ModelConfig config;
    private readonly Embedding tokenEmbedding;
    private readonly RotaryEmbedding rotary;
    private readonly ModuleList<DecoderBlock> blocks;
    private readonly RMSNorm norm;
    private readonly AdaptableLinear? head;

    public LanguageDecoder(ModelConfig config)
    {
        this.config = config;
        tokenEmbedding = register_module("token_embedding", nn.Embedding(config.LmVocabSize, config.LmHiddenDim));
        rotary = register_module("rotary_embd", new RotaryEmbedding(config));
        blocks = register_module("blocks", nn.ModuleList(Enumerable.Range(0, config.LmBlocks).Select(_ => new DecoderBlock(config))));
        norm = register_module("norm", nn.RMSNorm(config.LmHiddenDim, config.LmNormEpsilon));
        if (!config.LmTieWeights)
            head = register_module("head", new AdaptableLinear(config.LmHiddenDim, config.LmVocabSize, hasBias: false));
    }

    /// <summary>Blocks keep their inputs only and are computed once more in the backward pass.</summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>Ids [..] -> [..,d].</summary>
    public Tensor Embed(Tensor ids) => tokenEmbedding.forward(ids);

    /// <summary>Embeddings [N,d] -> states after the final norm [N,d].</summary>
    /// <param name="caches">Read and extended, one for each sequence of the layout, whose past is its length; null without.</param>
    public Tensor Hidden(Tensor x, SequenceLayout layout, IReadOnlyList<KeyValueCache>? caches, PositionLimit limit)
    {
        var pass = caches is null ? null : new CachedPass(caches, layout, x.device);
        var (cos, sin) = rotary.Angles(layout, limit, x.device);
        for (var i = 0; i < config.LmBlocks; i++)
            x = ActivationCheckpointing && pass is null ? Checkpointed(blocks[i], x, cos, sin, layout, i) : blocks[i].forward(x, cos, sin, layout, pass, i);
        pass?.Advance();
        return norm.forward(x);
    }

    /// <summary>As <see cref="Hidden"/> without caches, layer by layer, so that the caller can do something else in between.</summary>
    public LayeredPass Begin(Tensor x, SequenceLayout layout) => new(blocks, norm, x, rotary.Angles(layout, PositionLimit.Refuse, x.device), layout);

    /// <summary>[..,d] -> [..,V].</summary>
    public Tensor Logits(Tensor hidden) => head?.forward(hidden) ?? nn.functional.linear(hidden, tokenEmbedding.weight);

    private static Tensor Checkpointed(DecoderBlock block, Tensor x, Tensor cos, Tensor sin, SequenceLayout layout, int layer) =>
        CheckpointedBlock.Run(inputs => block.forward(inputs[0], inputs[1], inputs[2], layout, null, layer), x, cos, sin);
}
