using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch.Modules;
using UnifiedVlm.Training.Losses;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>All that a run changes: the model or an adapter of it, the temperature of L_c, the optimiser's moments.</summary>
internal sealed class Learner : IDisposable
{
    private const string TokenEmbedding = "decoder.token_embedding.weight";
    private const string OutputLayer = "decoder.head.weight";
    private const string VisionEncoder = "vision_encoder.";

    private readonly List<(string Name, Parameter Parameter)> trainedNetwork = [];

    private Learner(UnifiedModel model, LoraAdapter? adapter, byte[] tokenizerFile, Recipe recipe, IReadOnlyList<string> replaced)
    {
        Replaced = replaced;
        Model = model;
        Adapter = adapter;
        TokenizerFile = tokenizerFile;
        LogScale = nn.Parameter(tensor((float)-Math.Log((recipe.Losses.Pairs ?? new PairLossSettings()).Temperature)));
        LogScale.DetachFromDisposeScope();
        EncodingAdapter = recipe.Train.Lora is { Scope: LoraScope.Encoding } ? adapter : null;
        var isNetworkTrained = recipe.Train.Network && (adapter is null || EncodingAdapter is not null);
        model.Network.requires_grad_(false);
        foreach (var (name, parameter) in model.Network.named_parameters().Where(p => isNetworkTrained && recipe.Optimizer.NetworkRate * RateOf(p.name, recipe) > 0))
        {
            parameter.requires_grad = true;
            trainedNetwork.Add((name, parameter));
        }

        foreach (var (name, parameter) in model.Head.named_parameters())
            parameter.requires_grad = name.StartsWith("head.", StringComparison.Ordinal) ? recipe.Train.Head : recipe.Train.SoftPrompts;
        var factors = (adapter?.named_parameters() ?? []).ToList();
        foreach (var (name, parameter) in factors)
            parameter.requires_grad = RateOf(name, recipe) > 0;
        model.Network.ActivationCheckpointing = recipe.Compute.ActivationCheckpointing;
        var weights = trainedNetwork.Select(p => Trained(p.Name, p.Parameter, recipe.Optimizer.NetworkRate * RateOf(p.Name, recipe)))
            .Concat(model.Head.named_parameters().Where(static p => p.parameter.requires_grad).Select(static p => Trained(p.name, p.parameter, 1)))
            .Concat(factors.Where(static p => p.parameter.requires_grad).Select(p => Trained(p.name, p.parameter, RateOf(p.name, recipe))))
            .Append(new TrainedWeight(LogScale, IsMatrix: false, Decays: false, recipe.Optimizer.TemperatureRate))
            .ToList();
        Changing = [.. weights.Select(static w => w.Parameter)];
        Optimizer = new Optimizer(recipe.Optimizer, weights, recipe.Compute.Precision);
    }

    public UnifiedModel Model { get; }

    /// <summary>What is trained in the network's place or beside it; null without LoRA.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>The adapter, where it is in force while vectors are made and nowhere else; else null.</summary>
    public LoraAdapter? EncodingAdapter { get; }

    public LearningParts Parts => new(
        trainedNetwork.Any(static p => !Sees(p.Name)), trainedNetwork.Any(static p => Sees(p.Name)), Adapter is null ? default : AdapterSize.Of(Adapter), EncodingAdapter is not null);

    /// <summary>A sentence for each part of the starting model that the recipe has otherwise, and that begins anew.</summary>
    public IReadOnlyList<string> Replaced { get; }

    /// <summary>tokenizer.json as it was read: every folder written gets the same.</summary>
    public byte[] TokenizerFile { get; }

    /// <summary>The logarithm of the factor on the cosines of L_c.</summary>
    public Parameter LogScale { get; }

    public Optimizer Optimizer { get; }

    /// <summary>Every weight that changes.</summary>
    public IReadOnlyList<Parameter> Changing { get; }

    /// <param name="folder">The model folder to start from, or a checkpoint of the run.</param>
    /// <param name="device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="isResumed">It is a checkpoint of this run, whose adapter goes on.</param>
    /// <exception cref="ConfigException">The folder encodes with an adapter, is a checkpoint of another run with LoRA, or the recipe's LoRA does not fit it.</exception>
    public static Learner Load(string folder, Recipe recipe, string device = "cpu", bool isResumed = false)
    {
        var replaced = new List<string>();
        Func<VisionLanguageModel, EmbeddingHead, EmbeddingHead>? fitHead = isResumed ? null : (network, own) => StartingHead.Of(network, own, recipe, replaced);
        var model = UnifiedModelLoader.Load(folder, device, recipe.Seed, type: float32, fitHead: fitHead, isResumed: isResumed);
        try
        {
            // Its documents come by the adapter, which is not trained: the run would teach the base another model's head, and what it writes has no adapter to name.
            if (model.Settings.EncodingAdapter is { } encoding)
            {
                throw new ConfigException(
                    Path.Combine(folder, PreparationSettings.FileName), "encoding_adapter", $"is '{encoding}', and training sees the base without it; train a copy of the folder that does not name it");
            }

            var adapter = recipe.Train.Lora is { } lora ? AdapterOf(model.Network, isResumed ? folder : null, lora, recipe) : null;
            return new Learner(model, adapter, File.ReadAllBytes(Path.Combine(folder, UnifiedModelLoader.TokenizerFileName)), recipe, replaced);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The name of a weight with a NaN or an infinity, which no step heals; null where there is none.</summary>
    public string? FirstWithoutNumber()
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        return Model.Network.named_parameters().Concat(Model.Head.named_parameters()).Concat(Adapter?.named_parameters() ?? [])
            .FirstOrDefault(static p => !double.IsFinite(p.parameter.abs().max().ToDouble())).name;
    }

    /// <summary>One step of the optimiser; the temperature stays within InfoNCE's bounds.</summary>
    public void Update(PassWorkers workers)
    {
        Optimizer.Step(workers);
        using var noGradients = no_grad();
        LogScale.fill_(InfoNce.Clamp(LogScale.ToDouble()));
    }

    /// <summary>Runs what computes the gradients of vectors. Where an adapter learns them, the network's own weights get none of it.</summary>
    public void Encode(Action action)
    {
        if (EncodingAdapter is null)
        {
            action();
            return;
        }

        Learns(false);
        try
        {
            action();
        }
        finally
        {
            Learns(true);
        }

        void Learns(bool isIt)
        {
            foreach (var (_, parameter) in trainedNetwork)
                parameter.requires_grad = isIt;
        }
    }

    /// <summary>Runs something while an adapter for everything is part of the network's weights, which afterwards are bit for bit what they were.</summary>
    public void WhileMerged(Action action)
    {
        if (Adapter is null || EncodingAdapter is not null)
        {
            action();
            return;
        }

        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var layers = Adapter.Layers.ToHashSet(StringComparer.Ordinal);
        var kept = LoraLayers.Of(Model.Network).Where(l => layers.Contains(l.Name)).Select(static l => (l.Rows, Copy: l.Rows.clone())).ToList();
        Adapter.Merge();
        try
        {
            action();
        }
        finally
        {
            Adapter.Split();
            foreach (var (rows, copy) in kept)
                rows.copy_(copy);
        }
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        LogScale.Dispose();
        Adapter?.Dispose();
        Model.Dispose();
    }

    private static TrainedWeight Trained(string name, Parameter parameter, double rate)
    {
        var decays = Decays(name, parameter);
        return new TrainedWeight(parameter, IsMatrix: decays && parameter.ndim == 2 && name != OutputLayer, decays, rate);
    }

    /// <summary>Matrices shrink; what scales, shifts or is looked up does not.</summary>
    private static bool Decays(string name, Parameter parameter) =>
        parameter.ndim >= 2 && name != TokenEmbedding && !name.EndsWith("position_embedding", StringComparison.Ordinal) && !name.StartsWith("soft_prompt.", StringComparison.Ordinal);

    /// <summary>The vision encoder, or LoRA's matrices beside its layers.</summary>
    private static bool Sees(string name) => name.Contains(VisionEncoder, StringComparison.Ordinal);

    private static double RateOf(string name, Recipe recipe) => Sees(name) ? recipe.Optimizer.VisionRate : 1;

    /// <param name="checkpoint">Null where the run begins.</param>
    private static LoraAdapter AdapterOf(VisionLanguageModel network, string? checkpoint, LoraSettings settings, Recipe recipe)
    {
        if (checkpoint is null)
            return NewAdapter(network, settings, recipe);
        var adapter = LoraAdapter.Load(network, Path.Combine(checkpoint, UnifiedModelLoader.TrainedAdapterFolderName));
        if (settings.Scope == LoraScope.Everywhere)
            adapter.Attach();
        return adapter;
    }

    /// <exception cref="ConfigException">The recipe's settings do not fit the model; names the recipe's field.</exception>
    private static LoraAdapter NewAdapter(VisionLanguageModel network, LoraSettings settings, Recipe recipe)
    {
        var config = new LoraConfig { Rank = settings.Rank, Alpha = settings.Alpha, Dropout = settings.Dropout, Targets = settings.Targets };
        try
        {
            return settings.Scope == LoraScope.Encoding ? LoraAdapter.Create(network, config, recipe.Seed) : LoraAdapter.Attach(network, config, recipe.Seed);
        }
        catch (ConfigException e) when (e.Field is LoraConfig.RankField or LoraConfig.TargetsField)
        {
            throw new ConfigException(recipe.Path, e.Field == LoraConfig.RankField ? "train.lora.rank" : "train.lora.targets", e.Problem, e);
        }
    }
}
