namespace UnifiedVlm.Bench.Ablations;

/// <summary>What is compared: the five objectives, and the unified one with one thing changed at a time.</summary>
internal static class Study
{
    /// <summary>Of each objective.</summary>
    public const int Seeds = 3;

    /// <summary>
    /// What all rows share. The rates are those of models/uvlm-tiny; batches are small, so that little compute is still many steps. The vision encoder has learned
    /// to see and stays as it is, as in the papers: every objective gets further so (docs/log.md).
    /// </summary>
    public static readonly string[] Common =
    [
        "optimizer.matrices=muon", "optimizer.lr=2e-3", "optimizer.min_lr=5e-5", "optimizer.warmup=0.1", "optimizer.temperature_rate=10", "optimizer.vision_rate=0",
        "evaluation.every=1000000", "evaluation.keep_best=false", "checkpoint_every=100",
    ];

    private static readonly string[] Pairs = ["losses.pairs.groups=48", "losses.pairs.temperature=0.1", "losses.pairs.sources={\"scenes\":0.7,\"emoji\":0.2,\"questions\":0.1}"];

    private static readonly string[] Words =
    [
        "losses.dialogues.batch=16", "losses.dialogues.averaging=samples",
        "losses.dialogues.sources={\"scene-interviews\":0.7,\"descriptions\":0.15,\"manuals\":0.05,\"copy\":0.05,\"glosses\":0.05}",
    ];

    // Few at a time and of many tokens: what they pull at random would drown the pairs' gradient if they weighed more.
    private static readonly string[] Small = ["losses.captions.batch=2", "losses.captions.weight=0.05", "losses.documents.tokens=64", "losses.documents.weight=0.05"];

    private static readonly string[] Sequences = ["losses.sequences.batch=2", "losses.sequences.sources={\"stories\":1}"];

    // What is kept up beside vectors, of a start that answers and describes well. Fewer leave more steps to the pairs, and what they pull at random less
    // (docs/log.md).
    private static readonly string[] KeptUp = [.. Words, "losses.dialogues.batch=12", .. Small];

    private static readonly string[] Both = [.. Pairs, .. KeptUp];

    private static readonly string[] All = [.. Both, .. Sequences];

    public static IReadOnlyList<Variation> Objectives { get; } =
    [
        new("start", "nothing: the common start", Variation.Untrained, [], Once: true),
        new("generative", "L_g", "generative",
            [.. Words, "losses.captions.batch=16", "losses.dialogues.batch=32", "losses.documents.tokens=512", "losses.documents.weight=0.3"], Once: false),
        new("contrastive", "L_c", "contrastive", Pairs, Once: false),
        new("generative-contrastive", "L_g + L_c", "unified", [.. Both, "losses.sequences=null"], Once: false),
        new("generative-discriminative", "L_g + L_d", "unified", [.. KeptUp, .. Sequences, "losses.pairs=null"], Once: false),
        new("unified", "L_g + L_c + L_d", "unified", All, Once: false),
    ];

    /// <summary>The unified objective with one thing changed.</summary>
    public static IReadOnlyList<Variation> Toggles { get; } =
    [
        new("no-soft-prompt", "words in place of soft prompts", "unified", [.. All, "soft_prompts.image=0", "soft_prompts.text=0", "soft_prompts.interleaved=0"], Once: true),
        new("lora", "LoRA in place of all weights", "unified", [.. All, "train.lora={\"rank\":32,\"alpha\":128}"], Once: true),
        new("encoding-adapter", "vectors by LoRA beside the weights, answers by these", "unified-adapter", [.. All, "losses.dialogues.batch=4"], Once: true),
        new("no-long-captions", "without long captions", "unified", [.. All, "losses.captions=null"], Once: true),
        new("no-alignment", "mean of the parts in place of alignment", "unified", [.. All, "losses.sequences.kernel=mean_pooled"], Once: true),
        new("no-triple-kernel", "the shared teacher alone", "unified", [.. All, "losses.sequences.shared_weight=1", "losses.sequences.teachers=[\"knowledge\"]"], Once: true),
        new("no-mean-state", "a picture's last state in place of the mean", "unified", All, Once: true) { Preparation = new Dictionary<string, string> { ["image_state"] = "last" } },
        new("captioning", "short captions predicted too", "unified", [.. All, "losses.pairs.captioning=0.3", "losses.pairs.sees=summary"], Once: true),
    ];
}
