namespace UnifiedVlm.Bench.Ablations;

/// <summary>What is compared: the five objectives, and the unified one with one thing changed at a time.</summary>
internal static class Study
{
    private const int Seeds = 3;

    /// <summary>What all rows share. The rates are those of models/uvlm-tiny; batches are small, so that little compute is still many steps.</summary>
    public static readonly string[] Common =
    [
        "optimizer.matrices=muon", "optimizer.lr=2e-3", "optimizer.min_lr=5e-5", "optimizer.warmup=0.1", "optimizer.temperature_rate=10",
        "evaluation.every=1000000", "evaluation.keep_best=false", "checkpoint_every=100",
    ];

    private static readonly string[] Pairs = ["losses.pairs.groups=48", "losses.pairs.temperature=0.1", "losses.pairs.sources={\"scenes\":0.7,\"emoji\":0.2,\"questions\":0.1}"];

    private static readonly string[] Captions = ["losses.captions.batch=8"];

    private static readonly string[] Words =
    [
        "losses.dialogues.batch=24", "losses.dialogues.averaging=samples",
        "losses.dialogues.sources={\"scene-questions\":0.5,\"descriptions\":0.1,\"manuals\":0.2,\"copy\":0.1,\"glosses\":0.1}",
        "losses.documents.tokens=256", "losses.documents.weight=0.3",
    ];

    private static readonly string[] Sequences = ["losses.sequences.batch=4", "losses.sequences.sources={\"stories\":1}"];

    // Pairs have six tenths of the compute, L_g three and a half.
    private static readonly string[] All = [.. Pairs, .. Captions, .. Words, .. Sequences];

    public static IReadOnlyList<Variation> Objectives { get; } =
    [
        new("start", "nothing: the common start", Variation.Untrained, [], 1),
        new("generative", "L_g", "generative", [.. Captions, .. Words, "losses.captions.batch=16", "losses.dialogues.batch=32", "losses.documents.tokens=512"], Seeds),
        new("contrastive", "L_c", "contrastive", Pairs, Seeds),
        new("generative-contrastive", "L_g + L_c", "unified", [.. Pairs, .. Captions, .. Words, "losses.sequences=null"], Seeds),
        new("generative-discriminative", "L_g + L_d", "unified", [.. Captions, .. Words, .. Sequences, "losses.pairs=null"], Seeds),
        new("unified", "L_g + L_c + L_d", "unified", All, Seeds),
    ];

    /// <summary>The unified objective with one thing changed.</summary>
    public static IReadOnlyList<Variation> Toggles { get; } =
    [
        new("no-soft-prompt", "words in place of soft prompts", "unified", [.. All, "soft_prompts.image=0", "soft_prompts.text=0", "soft_prompts.interleaved=0"], 1),
        new("lora", "LoRA in place of all weights", "unified", [.. All, "train.lora={\"rank\":32,\"alpha\":64}"], 1),
        new("no-long-captions", "without long captions", "unified", [.. All, "losses.captions=null"], 1),
        new("no-alignment", "mean of the parts in place of alignment", "unified", [.. All, "losses.sequences.kernel=mean_pooled"], 1),
        new("no-triple-kernel", "the shared teacher alone", "unified", [.. All, "losses.sequences.shared_weight=1", "losses.sequences.teachers=[\"knowledge\"]"], 1),
        new("no-mean-state", "a picture's last state in place of the mean", "unified", All, 1) { Preparation = new Dictionary<string, string> { ["image_state"] = "last" } },
        new("captioning", "short captions predicted too", "unified", [.. All, "losses.pairs.captioning=0.3", "losses.pairs.sees=summary"], 1),
    ];
}
