using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Training.Recipes;

/// <summary>What the values of a recipe may be.</summary>
internal static class RecipeRules
{
    private const int MaxSoftPrompt = 256;

    /// <exception cref="ConfigException">A value is impossible; names its key.</exception>
    public static void Check(Recipe recipe)
    {
        var rules = new Rules(recipe.Path);
        rules.AtLeast("steps", recipe.Steps, 1);
        rules.AtLeast("metrics_every", recipe.MetricsEvery, 1);
        rules.AtLeast("checkpoint_every", recipe.CheckpointEvery, 1);
        rules.AtLeast("compute.chunk_tokens", recipe.Compute.ChunkTokens, 1);
        rules.AtLeast("compute.accumulate", recipe.Compute.Accumulate, 1);
        rules.AtLeast("evaluation.every", recipe.Evaluation.Every, 1);
        rules.AtLeast("evaluation.samples", recipe.Evaluation.Samples, 4);
        Check(rules, recipe.Optimizer);
        rules.Between("soft_prompts.image", recipe.SoftPrompts.Image ?? 0, 0, MaxSoftPrompt);
        rules.Between("soft_prompts.text", recipe.SoftPrompts.Text ?? 0, 0, MaxSoftPrompt);
        rules.Between("soft_prompts.interleaved", recipe.SoftPrompts.Interleaved ?? 0, 0, MaxSoftPrompt);
        rules.AtLeast("head.inner", recipe.Head.Inner ?? 0, 0);
        rules.Between("head.dimension", recipe.Head.Dimension ?? 1, 1, EmbeddingHead.MaxDimension);
        Check(rules, recipe.Losses);
        if (recipe.Train.Lora is { } lora)
            Check(rules, lora, recipe.Compute.Recompute);
        if (recipe is { Train.Lora.Scope: LoraScope.Encoding, Losses: { Pairs: null, Captions: null, Parts: null, Sequences: null } })
            throw rules.Wrong("train.lora.scope", "is encoding, and no loss asks for vectors; give one of pairs, captions, parts, sequences, or leave train.lora out");
    }

    private static void Check(Rules rules, LoraSettings lora, bool recompute)
    {
        rules.AtLeast("train.lora.rank", lora.Rank, 1);
        rules.Between("train.lora.alpha", lora.Alpha, 1e-3, 1e6);
        rules.Between("train.lora.dropout", lora.Dropout, 0, 0.99);
        if (recompute && lora.Dropout > 0)
            throw rules.Wrong("compute.recompute", "needs train.lora.dropout to be 0: the second pass would leave out other inputs than the first");
    }

    private static void Check(Rules rules, OptimizerSettings optimizer)
    {
        rules.Between("optimizer.lr", optimizer.Lr, 0, 10);
        rules.Between("optimizer.min_lr", optimizer.MinLr, 0, optimizer.Lr);
        rules.Between("optimizer.warmup", optimizer.Warmup, 0, 1);
        rules.Between("optimizer.weight_decay", optimizer.WeightDecay, 0, 10);
        rules.Between("optimizer.temperature_rate", optimizer.TemperatureRate, 0, 1000);
        rules.Between("optimizer.network_rate", optimizer.NetworkRate, 0, 1000);
        rules.Between("optimizer.vision_rate", optimizer.VisionRate, 0, 1000);
        rules.Between("optimizer.beta1", optimizer.Beta1, 0, 0.99999);
        rules.Between("optimizer.beta2", optimizer.Beta2, 0, 0.999999);
        rules.Between("optimizer.clip", optimizer.Clip, 1e-6, 1e9);
    }

    private static void Check(Rules rules, LossSettings losses)
    {
        if (losses is { Regions: null, Pairs: null, Captions: null, Dialogues: null, Documents: null, Parts: null, Sequences: null })
            throw rules.Wrong("losses", "nothing is minimised; give one of regions, pairs, captions, dialogues, documents, parts, sequences");
        if (losses.Regions is { } regions)
        {
            rules.Share("losses.regions", regions.Weight, regions.Sources);
            rules.AtLeast("losses.regions.batch", regions.Batch, 1);
        }

        if (losses.Pairs is { } pairs)
        {
            rules.Share("losses.pairs", pairs.Weight, pairs.Sources);
            rules.AtLeast("losses.pairs.groups", pairs.Groups, 2);
            rules.Between("losses.pairs.temperature", pairs.Temperature, 0.01, 1);
            rules.Between("losses.pairs.captioning", pairs.Captioning, 0, 1e6);
        }

        if (losses.Captions is { } captions)
        {
            rules.Share("losses.captions", captions.Weight, captions.Sources);
            rules.AtLeast("losses.captions.batch", captions.Batch, 1);
        }

        if (losses.Dialogues is { } dialogues)
        {
            rules.Share("losses.dialogues", dialogues.Weight, dialogues.Sources);
            rules.AtLeast("losses.dialogues.batch", dialogues.Batch, 1);
        }

        if (losses.Documents is { } documents)
        {
            rules.Share("losses.documents", documents.Weight, documents.Sources);
            rules.AtLeast("losses.documents.tokens", documents.Tokens, 1);
        }

        if (losses.Parts is { } parts)
        {
            rules.Share("losses.parts", parts.Weight, parts.Sources);
            rules.AtLeast("losses.parts.batch", parts.Batch, 1);
        }

        if (losses.Sequences is { } sequences)
            Check(rules, sequences);
    }

    private static void Check(Rules rules, SequenceLossSettings sequences)
    {
        rules.Share("losses.sequences", sequences.Weight, sequences.Sources);
        rules.AtLeast("losses.sequences.batch", sequences.Batch, 2);
        rules.Between("losses.sequences.sigma", sequences.Sigma, AlignmentKernel.MinWidth, AlignmentKernel.MaxWidth);
        rules.Between("losses.sequences.shared_weight", sequences.SharedWeight, 0.001, 1);
        if (sequences.SimilarAbove is { } bound)
            rules.Between("losses.sequences.similar_above", bound, -1, 1);
        if (sequences.Teachers.Count == 0 || sequences.Teachers.Any(string.IsNullOrWhiteSpace))
            throw rules.Wrong("losses.sequences.teachers", "names none; knowledge is the data's own");
    }

    private readonly struct Rules(string path)
    {
        public ConfigException Wrong(string field, string problem) => new(path, field, problem);

        public void AtLeast(string field, int value, int least)
        {
            if (value < least)
                throw Wrong(field, $"must be at least {least}, not {value}");
        }

        public void Between(string field, double value, double least, double most)
        {
            if (!(value >= least && value <= most))
                throw Wrong(field, $"must be from {least} to {most}, not {value}");
        }

        public void Share(string field, double weight, IReadOnlyDictionary<string, double> sources)
        {
            Between(field + ".weight", weight, 0, 1e6);
            foreach (var (name, share) in sources)
                Between($"{field}.sources.{name}", share, 0, 1e6);
            if (sources.Count > 0 && sources.Values.Sum() <= 0)
                throw Wrong(field + ".sources", "all shares are 0");
        }
    }
}
