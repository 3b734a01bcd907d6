using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnifiedVlm.Model.Configuration;

/// <summary>
/// nanoVLM's <c>config.json</c>: the shape of the vision encoder (vit_), the language model (lm_) and the projector between them (mp_).
/// Fields that nothing here reads are kept and written back as they were.
/// </summary>
public sealed partial record ModelConfig
{
    [JsonPropertyName("vit_hidden_dim")]
    public required int VitHiddenDim { get; init; }

    [JsonPropertyName("vit_inter_dim")]
    public required int VitInterDim { get; init; }

    /// <summary>Side of a square patch in pixels.</summary>
    [JsonPropertyName("vit_patch_size")]
    public required int VitPatchSize { get; init; }

    /// <summary>S: side in pixels of the square picture that the encoder sees.</summary>
    [JsonPropertyName("vit_img_size")]
    public required int VitImageSize { get; init; }

    [JsonPropertyName("vit_n_heads")]
    public required int VitHeads { get; init; }

    [JsonPropertyName("vit_dropout")]
    public double VitDropout { get; init; }

    [JsonPropertyName("vit_n_blocks")]
    public required int VitBlocks { get; init; }

    [JsonPropertyName("vit_ln_eps")]
    public double VitNormEpsilon { get; init; } = 1e-6;

    [JsonPropertyName("vit_cls_flag")]
    public bool VitClassToken { get; init; }

    [JsonPropertyName("lm_hidden_dim")]
    public required int LmHiddenDim { get; init; }

    [JsonPropertyName("lm_inter_dim")]
    public required int LmInterDim { get; init; }

    [JsonPropertyName("lm_rms_eps")]
    public double LmNormEpsilon { get; init; } = 1e-5;

    /// <summary>Base of the rotary frequencies.</summary>
    [JsonPropertyName("lm_re_base")]
    public double LmRotaryBase { get; init; } = 100_000;

    /// <summary>Positions that the model was trained for: the context.</summary>
    [JsonPropertyName("lm_max_position_embeddings")]
    public required int LmMaxPositions { get; init; }

    /// <summary>Ids below this one come from the language model's own tokenizer, those above were added for the VLM.</summary>
    [JsonPropertyName("lm_base_vocab_size")]
    public int? LmBaseVocabSize { get; init; }

    [JsonPropertyName("lm_vocab_size")]
    public required int LmVocabSize { get; init; }

    [JsonPropertyName("lm_n_heads")]
    public required int LmHeads { get; init; }

    [JsonPropertyName("lm_n_kv_heads")]
    public required int LmKeyValueHeads { get; init; }

    [JsonPropertyName("lm_dropout")]
    public double LmDropout { get; init; }

    [JsonPropertyName("lm_n_blocks")]
    public required int LmBlocks { get; init; }

    /// <summary>Factor on the rotary cosines and sines.</summary>
    [JsonPropertyName("lm_attn_scaling")]
    public double LmAttentionScaling { get; init; } = 1;

    [JsonPropertyName("lm_tie_weights")]
    public bool LmTieWeights { get; init; } = true;

    [JsonPropertyName("mp_pixel_shuffle_factor")]
    public required int PixelShuffleFactor { get; init; }

    /// <summary>Tokens a picture takes in the decoder. Absent in older checkpoints: it follows from the other fields.</summary>
    [JsonPropertyName("mp_image_token_length")]
    public int? DeclaredImageTokens { get; init; }

    /// <summary>Roles of added tokens (<c>image_token</c> and others) to their text.</summary>
    [JsonPropertyName("vlm_extra_tokens")]
    public IReadOnlyDictionary<string, string>? ExtraTokens { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <summary>Patches along a side of the picture.</summary>
    [JsonIgnore]
    public int PatchesPerSide => VitImageSize / VitPatchSize;

    /// <summary>Tokens a picture takes in the decoder: patches after the pixel shuffle.</summary>
    [JsonIgnore]
    public int ImageTokens => PatchesPerSide / PixelShuffleFactor * (PatchesPerSide / PixelShuffleFactor);

    [JsonIgnore]
    public int VitHeadDim => VitHiddenDim / VitHeads;

    [JsonIgnore]
    public int LmHeadDim => LmHiddenDim / LmHeads;
}
