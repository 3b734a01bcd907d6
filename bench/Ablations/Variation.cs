namespace UnifiedVlm.Bench.Ablations;

/// <summary>One row of the study: a recipe with some of its values replaced.</summary>
/// <param name="Name">Of its folders.</param>
/// <param name="Label">Of its row.</param>
/// <param name="Recipe">One that comes with the program, or <see cref="Untrained"/>.</param>
/// <param name="Overrides">As <c>uvlm train --set</c> takes them.</param>
/// <param name="Once">Made with one seed, however many the others have.</param>
internal sealed record Variation(string Name, string Label, string Recipe, string[] Overrides, bool Once)
{
    /// <summary>In the place of a recipe: the start itself is evaluated.</summary>
    public const string Untrained = "";

    /// <summary>Values of preparation.json that the run's model has in place of the base's.</summary>
    public IReadOnlyDictionary<string, string> Preparation { get; init; } = new Dictionary<string, string>();
}
