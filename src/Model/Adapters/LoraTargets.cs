using System.Text.RegularExpressions;

namespace UnifiedVlm.Model.Adapters;

/// <summary>
/// Which linear layers an adapter changes, as PEFT's <c>target_modules</c> says it: a list of names, each whole or the end of one after a dot; or
/// one regular expression that must match the whole name; or <c>all-linear</c>, which leaves out the output layer only.
/// </summary>
public sealed class LoraTargets
{
    private const string AllLinear = "all-linear";
    private const string OutputLayer = "decoder.head";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Regex? expression;

    private LoraTargets(IReadOnlyList<string> names, string? pattern)
    {
        Names = names;
        Pattern = pattern;
        if (pattern is not null and not AllLinear)
            expression = new Regex($"^(?:{pattern})$", RegexOptions.CultureInvariant, Patience);
    }

    /// <summary>Every linear layer but the output layer.</summary>
    public static LoraTargets All { get; } = new([], AllLinear);

    /// <summary>Every linear layer of the decoder (VladVA, arXiv 2412.04378).</summary>
    public static LoraTargets Decoder { get; } = Matching(@"decoder\.blocks\..*");

    /// <summary>Empty where there is a pattern.</summary>
    public IReadOnlyList<string> Names { get; }

    public string? Pattern { get; }

    /// <exception cref="ArgumentException">There is none.</exception>
    public static LoraTargets Named(params IReadOnlyList<string> names) =>
        names.Count > 0 && !names.Any(string.IsNullOrEmpty) ? new([.. names], null) : throw new ArgumentException("An adapter needs at least one layer's name, and none may be empty.", nameof(names));

    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public static LoraTargets Matching(string pattern) => pattern == AllLinear ? All : new([], pattern);

    /// <exception cref="RegexMatchTimeoutException">The expression takes too long.</exception>
    public bool Includes(string layer) => Pattern is null
        ? Names.Any(name => Matches(layer, name))
        : expression?.IsMatch(layer) ?? layer != OutputLayer;

    /// <summary>The listed names that match none of the layers.</summary>
    public IEnumerable<string> Unmatched(IReadOnlyCollection<string> layers) => Names.Where(name => !layers.Any(layer => Matches(layer, name)));

    public override string ToString() => Pattern ?? string.Join(", ", Names);

    private static bool Matches(string layer, string name) =>
        layer == name || (layer.EndsWith(name, StringComparison.Ordinal) && layer[layer.Length - name.Length - 1] == '.');
}
