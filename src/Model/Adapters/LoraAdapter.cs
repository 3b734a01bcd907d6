using System.Text.RegularExpressions;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Adapters;

/// <summary>
/// A low-rank update of some of a model's linear layers (LoRA, arXiv 2106.09685): y = W x + scale B A dropout(x). It belongs to one model and
/// is in force where it is attached, or where an <see cref="AdapterScope"/> chooses it. The model's own parameters stay as they are and
/// unknown to it: who trains an adapter alone freezes them by <c>model.requires_grad_(false)</c>.
/// Attaching, merging and the like must not run while the model computes.
/// </summary>
public sealed partial class LoraAdapter : IDisposable
{
    private readonly VisionLanguageModel model;
    private readonly List<LoraFactors> factors = [];
    private readonly Dictionary<IAdaptableLayer, LoraDelta> deltas = [];

    /// <param name="allNames">Every name that the targets list must be a layer's.</param>
    private LoraAdapter(VisionLanguageModel model, LoraConfig config, string source, bool allNames)
    {
        this.model = model;
        Config = config;
        using var scope = NewDisposeScope();
        var layers = LoraLayers.Of(model).ToList();
        var targets = FindTargets(source, config, [.. layers.Select(static l => l.Name)], allNames);
        layers.RemoveAll(l => !targets.Contains(l.Name));
        foreach (var (name, _, _, rows) in layers)
            CheckRank(source, config.Rank, name, rows);
        foreach (var group in layers.GroupBy(static l => l.Module))
        {
            var pieces = new List<(LoraFactors, long)>();
            foreach (var (name, _, start, rows) in group)
            {
                var made = new LoraFactors(name, Factor([config.Rank, rows.size(1)], rows), Factor([rows.size(0), config.Rank], rows));
                factors.Add(made);
                pieces.Add((made, start));
            }

            deltas.Add(group.Key, new LoraDelta(this, pieces));
        }
    }

    public LoraConfig Config { get; }

    /// <summary>The layers that are changed, by their checkpoint names.</summary>
    public IEnumerable<string> Layers => factors.Select(static f => f.Layer);

    /// <summary>The update is part of the base's weights.</summary>
    public bool IsMerged { get; private set; }

    public bool IsAttached => deltas.Any(static d => d.Key.Attached == d.Value);

    /// <summary>A new adapter, attached: A uniform as Kaiming has it, B zero, so that the model's outputs are still the base's.</summary>
    /// <param name="seed">Of A.</param>
    /// <exception cref="ConfigException">A value is impossible, or a target matches no layer; names PEFT's field.</exception>
    /// <exception cref="InvalidOperationException">Another adapter is attached.</exception>
    public static LoraAdapter Attach(VisionLanguageModel model, LoraConfig config, ulong seed)
    {
        var adapter = Create(model, config, seed);
        try
        {
            adapter.Attach();
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="Attach(VisionLanguageModel, LoraConfig, ulong)"/>, for an <see cref="AdapterScope"/> to choose.</summary>
    public static LoraAdapter Create(VisionLanguageModel model, LoraConfig config, ulong seed)
    {
        const string Source = nameof(LoraConfig);
        config.Validate(Source);
        var adapter = new LoraAdapter(model, config, Source, allNames: true);
        using var noGradients = no_grad();
        foreach (var made in adapter.factors)
        {
            Fill(made.A, SeededWeights.SeedOf(made.NameA, seed));
            made.B.zero_();
        }

        return adapter;
    }

    /// <summary>What is learned: <c>LAYER.lora_A</c> [r, in] and <c>LAYER.lora_B</c> [out, r].</summary>
    public IEnumerable<(string name, Parameter parameter)> named_parameters() =>
        factors.SelectMany(static f => new[] { (f.NameA, f.A), (f.NameB, f.B) });

    /// <summary>In force from now on for every computation of the model that no <see cref="AdapterScope"/> surrounds.</summary>
    /// <exception cref="InvalidOperationException">Another adapter is attached.</exception>
    public void Attach()
    {
        if (deltas.Keys.Any(layer => layer.Attached is { } other && other.Adapter != this))
            throw new InvalidOperationException("Another adapter is attached to the model; detach it first.");
        foreach (var (layer, delta) in deltas)
            layer.Attached = delta;
    }

    public void Detach()
    {
        foreach (var (layer, delta) in deltas)
        {
            if (layer.Attached == delta)
                layer.Attached = null;
        }
    }

    /// <summary>Adds the update to the base's weights: no cost at run time, and the base's checkpoint then holds it.</summary>
    /// <exception cref="InvalidOperationException">It is merged already.</exception>
    public void Merge()
    {
        if (IsMerged)
            throw new InvalidOperationException("The adapter is merged already.");
        AddToWeights(Config.Scale);
        IsMerged = true;
    }

    /// <summary>Takes a merged update out of the base's weights again, which are then what they were but for rounding.</summary>
    /// <exception cref="InvalidOperationException">It is not merged.</exception>
    public void Split()
    {
        if (!IsMerged)
            throw new InvalidOperationException("The adapter is not merged.");
        AddToWeights(-Config.Scale);
        IsMerged = false;
    }

    /// <summary>Detaches it. What was merged stays merged.</summary>
    public void Dispose()
    {
        Detach();
        foreach (var made in factors)
        {
            made.A.Dispose();
            made.B.Dispose();
        }
    }

    internal LoraDelta? DeltaOf(IAdaptableLayer layer) => deltas.GetValueOrDefault(layer);

    private void AddToWeights(double scale)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var rows = LoraLayers.Of(model).ToDictionary(static l => l.Name, static l => l.Rows);
        foreach (var made in factors)
            rows[made.Layer].add_(made.B.mm(made.A) * scale);
    }

    private static Parameter Factor(long[] shape, Tensor weight) => new(empty(shape, weight.dtype, weight.device));

    /// <summary>Kaiming's uniform start with a = sqrt(5), as PEFT: within 1 / sqrt(in).</summary>
    private static void Fill(Parameter target, ulong state)
    {
        var bound = 1 / Math.Sqrt(target.size(1));
        var values = new float[target.numel()];
        foreach (ref var value in values.AsSpan())
            value = (float)((2 * SplitMix64.NextDouble(ref state) - 1) * bound);
        using var drawn = tensor(values, target.shape);
        target.copy_(drawn);
    }

    /// <summary>Before anything is allocated: an update that is no narrower than the layer is none of low rank, and may be of any size.</summary>
    private static void CheckRank(string source, int rank, string layer, Tensor weight)
    {
        if (rank > Math.Min(weight.size(0), weight.size(1)))
            throw new ConfigException(source, LoraConfig.RankField, $"is {rank}, more than the smaller side of {layer}, which is [{weight.size(0)}, {weight.size(1)}]");
    }

    /// <returns>The layers that the adapter changes.</returns>
    private static HashSet<string> FindTargets(string source, LoraConfig config, IReadOnlyCollection<string> layers, bool allNames)
    {
        var kinds = string.Join(", ", layers.Select(static l => l[(l.LastIndexOf('.') + 1)..]).Distinct().Order(StringComparer.Ordinal));
        if (allNames && config.Targets.Unmatched(layers).FirstOrDefault() is { } unknown)
            throw new ConfigException(source, LoraConfig.TargetsField, $"'{unknown}' is no linear layer of the model; their names end in {kinds}");
        try
        {
            var targets = layers.Where(config.Targets.Includes).ToHashSet(StringComparer.Ordinal);
            return targets.Count > 0
                ? targets
                : throw new ConfigException(source, LoraConfig.TargetsField, $"'{config.Targets}' matches no linear layer of the model; their names end in {kinds}");
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ConfigException(source, LoraConfig.TargetsField, $"'{config.Targets}' takes more than {e.MatchTimeout.TotalSeconds} s to compare with the name of one layer; list the names, or write an expression that looks at each character once", e);
        }
    }
}
