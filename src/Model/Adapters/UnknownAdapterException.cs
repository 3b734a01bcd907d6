namespace UnifiedVlm.Model.Adapters;

/// <summary>An adapter was asked for that the model folder does not have.</summary>
public sealed class UnknownAdapterException(string adapter, IReadOnlyList<string> known)
    : Exception($"There is no adapter '{adapter}'; {Describe(known)}.")
{
    public string Adapter { get; } = adapter;

    public IReadOnlyList<string> Known { get; } = known;

    /// <summary>For messages: which there are.</summary>
    public static string Describe(IReadOnlyList<string> known) =>
        known.Count == 0 ? "the model folder has none" : $"there are {string.Join(", ", known.Select(static name => $"'{name}'"))}";
}
