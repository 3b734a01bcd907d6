namespace UnifiedVlm.Model.Configuration;

public sealed partial record ModelConfig
{
    // Far above any model this format is used for; keeps hostile configs from asking for absurd allocations.
    private const int MaxWidth = 1 << 16;
    private const int MaxBlocks = 1024;
    private const int MaxVocabulary = 1 << 22;
    private const int MaxPositions = 1 << 24;

    /// <exception cref="ConfigException">A field is out of range or contradicts another.</exception>
    public void Validate(string path)
    {
        Within(path, "vit_hidden_dim", VitHiddenDim, MaxWidth);
        Within(path, "vit_inter_dim", VitInterDim, MaxWidth);
        Within(path, "vit_img_size", VitImageSize, 1 << 13);
        Within(path, "vit_patch_size", VitPatchSize, VitImageSize);
        Divides(path, "vit_patch_size", VitPatchSize, "vit_img_size", VitImageSize);
        Within(path, "vit_n_heads", VitHeads, VitHiddenDim);
        Divides(path, "vit_n_heads", VitHeads, "vit_hidden_dim", VitHiddenDim);
        Within(path, "vit_n_blocks", VitBlocks, MaxBlocks);
        Positive(path, "vit_ln_eps", VitNormEpsilon);
        if (VitClassToken)
            throw new ConfigException(path, "vit_cls_flag", "true is not supported: pixel shuffle needs the patches, not a class token");

        Within(path, "lm_hidden_dim", LmHiddenDim, MaxWidth);
        Within(path, "lm_inter_dim", LmInterDim, MaxWidth);
        Within(path, "lm_n_heads", LmHeads, LmHiddenDim);
        Divides(path, "lm_n_heads", LmHeads, "lm_hidden_dim", LmHiddenDim);
        if (LmHeadDim % 2 != 0)
            throw new ConfigException(path, "lm_n_heads", $"gives heads of {LmHeadDim} values; rotary positions need an even number");
        Within(path, "lm_n_kv_heads", LmKeyValueHeads, LmHeads);
        Divides(path, "lm_n_kv_heads", LmKeyValueHeads, "lm_n_heads", LmHeads);
        Within(path, "lm_n_blocks", LmBlocks, MaxBlocks);
        Within(path, "lm_vocab_size", LmVocabSize, MaxVocabulary);
        Within(path, "lm_max_position_embeddings", LmMaxPositions, MaxPositions);
        Positive(path, "lm_rms_eps", LmNormEpsilon);
        Positive(path, "lm_re_base", LmRotaryBase);
        Positive(path, "lm_attn_scaling", LmAttentionScaling);
        if (LmBaseVocabSize is { } baseSize)
            Within(path, "lm_base_vocab_size", baseSize, LmVocabSize);

        if (ExtraTokens?.FirstOrDefault(static token => token.Value is null).Key is { } unnamed)
            throw new ConfigException(path, $"vlm_extra_tokens.{unnamed}", "must be the token's text, not null");

        RefuseNotBuilt(path);
        Within(path, "mp_pixel_shuffle_factor", PixelShuffleFactor, PatchesPerSide);
        Divides(path, "mp_pixel_shuffle_factor", PixelShuffleFactor, "vit_img_size / vit_patch_size", PatchesPerSide);
        if (DeclaredImageTokens is { } tokens && tokens != ImageTokens)
            throw new ConfigException(path, "mp_image_token_length", $"is {tokens}, but picture size, patch size and pixel shuffle give {ImageTokens}");
    }

    private static void Within(string path, string field, int value, int max)
    {
        if (value < 1 || value > max)
            throw new ConfigException(path, field, $"must be between 1 and {max}, not {value}");
    }

    private static void Divides(string path, string field, int value, string ofField, int ofValue)
    {
        if (ofValue % value != 0)
            throw new ConfigException(path, field, $"{value} does not divide {ofField}, which is {ofValue}");
    }

    private static void Positive(string path, string field, double value)
    {
        if (!double.IsFinite(value) || value <= 0)
            throw new ConfigException(path, field, $"must be a positive number, not {value}");
    }
}
