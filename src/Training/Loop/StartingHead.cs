using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>The head and the soft prompts that a run begins with: the starting model's, but for those to which the recipe gives another size.</summary>
internal static class StartingHead
{
    private const string HeadPrefix = "head.";

    /// <param name="own">The starting model's; empty where it has none.</param>
    /// <param name="replaced">Gets a sentence for each part that the starting model has otherwise.</param>
    /// <returns>The model's own, or another that has taken over what stays.</returns>
    public static EmbeddingHead Of(VisionLanguageModel network, EmbeddingHead own, Recipe recipe, ICollection<string> replaced)
    {
        var isNone = own.Layers is null && own.SoftPromptLengths.Count == 0;
        var layers = Layers(recipe.Head, own.Layers, isNone);
        var lengths = Lengths(recipe.SoftPrompts, own.SoftPromptLengths, isNone);
        var isSameHead = layers == own.Layers;
        var others = lengths.Where(l => l.Value != own.SoftPromptLengths.GetValueOrDefault(l.Key)).ToList();
        if (isSameHead && others.Count == 0)
            return own;

        var head = Begin(network, layers, lengths, recipe.Seed);
        using var noGradients = no_grad();
        var kept = own.named_parameters().ToDictionary(static p => p.name, static p => p.parameter, StringComparer.Ordinal);
        foreach (var (name, parameter) in head.named_parameters())
        {
            if (kept.TryGetValue(name, out var before) && (name.StartsWith(HeadPrefix, StringComparison.Ordinal) ? isSameHead : before.size(0) == parameter.size(0)))
                parameter.copy_(before);
        }

        if (isNone)
            return head;
        if (!isSameHead)
            replaced.Add($"head: {Shown(layers)}, as the recipe says; the starting model has {Shown(own.Layers)}");
        foreach (var (modality, length) in others)
            replaced.Add($"soft_prompts.{modality.ToString().ToLowerInvariant()}: {Shown(length)}, as the recipe says; the starting model has {own.SoftPromptLengths.GetValueOrDefault(modality)}");
        return head;
    }

    private static (int Inner, int Dimension)? Layers(HeadSettings settings, (int Inner, int Dimension)? own, bool isNone)
    {
        // Who names a dimension wants a head.
        var inner = settings.Inner ?? own?.Inner ?? (isNone || settings.Dimension is not null ? HeadSettings.DefaultInner : 0);
        return inner > 0 ? (inner, settings.Dimension ?? own?.Dimension ?? HeadSettings.DefaultDimension) : null;
    }

    private static Dictionary<InputModality, int> Lengths(SoftPromptSettings settings, IReadOnlyDictionary<InputModality, int> own, bool isNone)
    {
        return new Dictionary<InputModality, int>
        {
            [InputModality.Image] = Length(settings.Image, InputModality.Image),
            [InputModality.Text] = Length(settings.Text, InputModality.Text),
            [InputModality.Interleaved] = Length(settings.Interleaved, InputModality.Interleaved),
        };

        int Length(int? given, InputModality modality) => given ?? (isNone ? SoftPromptSettings.DefaultLength : own.GetValueOrDefault(modality));
    }

    private static EmbeddingHead Begin(VisionLanguageModel network, (int Inner, int Dimension)? layers, Dictionary<InputModality, int> lengths, ulong seed)
    {
        var head = new EmbeddingHead(network.Config.LmHiddenDim, layers, lengths.Where(static l => l.Value > 0).ToDictionary());
        using var noGradients = no_grad();
        using var deviation = network.named_parameters().First(static p => p.name == NetworkTensors.TokenEmbedding).parameter.std();
        SeededWeights.Fill(head, deviation.ToDouble(), seed);
        return head;
    }

    private static string Shown((int Inner, int Dimension)? layers) => layers is var (inner, dimension) ? $"{inner} -> {dimension}" : "none";

    private static string Shown(int length) => length > 0 ? $"{length} new vectors" : "none";
}
