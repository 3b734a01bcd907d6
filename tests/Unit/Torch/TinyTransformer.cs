using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>A decoder of one block over a small vocabulary: enough to meet every kind of layer and module.</summary>
internal sealed class TinyTransformer : nn.Module<Tensor, Tensor>
{
    public const int Vocabulary = 32;
    private const int Width = 32;
    private const int Heads = 4;

    private readonly Embedding tokens;
    private readonly RMSNorm before;
    private readonly Linear qkv;
    private readonly Linear joined;
    private readonly LayerNorm between;
    private readonly Sequential mlp;
    private readonly Parameter scale;

    public TinyTransformer()
    {
        tokens = register_module("tokens", nn.Embedding(Vocabulary, Width));
        before = register_module("before", nn.RMSNorm(Width));
        qkv = register_module("qkv", nn.Linear(Width, 3 * Width, hasBias: false));
        joined = register_module("joined", nn.Linear(Width, Width));
        between = register_module("between", nn.LayerNorm(Width));
        mlp = register_module("mlp", nn.Sequential(nn.Linear(Width, 2 * Width), nn.SiLU(), nn.Dropout(0.1), nn.Linear(2 * Width, Width)));
        scale = register_parameter("scale", new Parameter(ones([Width])));
        register_buffer("steps", zeros([1], int64));
    }

    /// <summary>[B, T] ids -> [B, T, Vocabulary] logits.</summary>
    public override Tensor forward(Tensor input)
    {
        var (batch, length) = (input.size(0), input.size(1));
        var x = tokens.forward(input);
        var heads = qkv.forward(before.forward(x)).view(batch, length, 3, Heads, Width / Heads).permute(2, 0, 3, 1, 4);
        var attended = nn.functional.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_causal: true);
        x = x + joined.forward(attended.transpose(1, 2).reshape(batch, length, Width));
        x = x + mlp.forward(between.forward(x)) * scale;
        return nn.functional.linear(x, tokens.weight);
    }
}
