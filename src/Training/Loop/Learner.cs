using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch.Modules;
using UnifiedVlm.Training.Losses;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>All that a run changes: the model, the temperature of L_c, the optimiser's moments.</summary>
internal sealed class Learner : IDisposable
{
    private const string TokenEmbedding = "decoder.token_embedding.weight";

    private Learner(UnifiedModel model, Parameter logScale, byte[] tokenizerFile, Recipe recipe)
    {
        Model = model;
        TokenizerFile = tokenizerFile;
        LogScale = logScale;
        model.Network.requires_grad_(recipe.Train.Network);
        foreach (var (name, parameter) in model.Head.named_parameters())
            parameter.requires_grad = name.StartsWith("head.", StringComparison.Ordinal) ? recipe.Train.Head : recipe.Train.SoftPrompts;
        List<Parameter> decaying = [], others = [];
        foreach (var (name, parameter) in model.Network.named_parameters().Concat(model.Head.named_parameters()).Where(static p => p.parameter.requires_grad))
            (Decays(name, parameter) ? decaying : others).Add(parameter);
        Trained = [.. decaying, .. others, logScale];
        var lr = recipe.Optimizer.Lr;
        Optimizer = optim.AdamW(
            [new ParamGroup(decaying, lr, recipe.Optimizer.WeightDecay), new ParamGroup([.. others, logScale], lr, 0)],
            recipe.Optimizer.Beta1, recipe.Optimizer.Beta2);
    }

    public UnifiedModel Model { get; }

    /// <summary>tokenizer.json as it was read: every folder written gets the same.</summary>
    public byte[] TokenizerFile { get; }

    /// <summary>The logarithm of the factor on the cosines of L_c.</summary>
    public Parameter LogScale { get; }

    public AdamW Optimizer { get; }

    /// <summary>Every weight that changes.</summary>
    public IReadOnlyList<Parameter> Trained { get; }

    /// <param name="folder">The model folder to start from.</param>
    public static Learner Load(string folder, Recipe recipe)
    {
        var model = UnifiedModelLoader.Load(folder, seed: recipe.Seed, newHead: network => NewHead(network, recipe));
        var logScale = nn.Parameter(tensor((float)-Math.Log(recipe.Losses.Pairs?.Temperature ?? 1)));
        logScale.DetachFromDisposeScope();
        return new Learner(model, logScale, File.ReadAllBytes(Path.Combine(folder, UnifiedModelLoader.TokenizerFileName)), recipe);
    }

    /// <summary>One step of the optimiser; the temperature stays within InfoNCE's bounds.</summary>
    public void Update()
    {
        Optimizer.step();
        using var noGradients = no_grad();
        LogScale.fill_(InfoNce.Clamp(LogScale.ToDouble()));
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        LogScale.Dispose();
        Model.Dispose();
    }

    /// <summary>Matrices shrink; what scales, shifts or is looked up does not.</summary>
    private static bool Decays(string name, Parameter parameter) =>
        parameter.ndim >= 2 && name != TokenEmbedding && !name.EndsWith("position_embedding", StringComparison.Ordinal) && !name.StartsWith("soft_prompt.", StringComparison.Ordinal);

    private static EmbeddingHead NewHead(VisionLanguageModel network, Recipe recipe)
    {
        var lengths = new Dictionary<InputModality, int>
        {
            [InputModality.Image] = recipe.SoftPrompts.Image,
            [InputModality.Text] = recipe.SoftPrompts.Text,
            [InputModality.Interleaved] = recipe.SoftPrompts.Interleaved,
        };
        var head = new EmbeddingHead(
            network.Config.LmHiddenDim,
            recipe.Head.Inner > 0 ? (recipe.Head.Inner, recipe.Head.Dimension) : null,
            lengths.Where(static l => l.Value > 0).ToDictionary());
        SeededWeights.Fill(head, 1 / Math.Sqrt(network.Config.LmHiddenDim), recipe.Seed);
        return head;
    }
}
