namespace UnifiedVlm.Training.Data.Build;

/// <summary>What a build has made.</summary>
/// <param name="Concepts">By split.</param>
/// <param name="Sprites">By split.</param>
/// <param name="NearDuplicates">Pictures of validation and test left out because an earlier split holds one like them.</param>
/// <param name="Things">Concepts that scenes are made of; further ones were never shown in training.</param>
/// <param name="HeldOutPairs">Pairs of things that share no training scene.</param>
/// <param name="Manuals">Pages by manual and split, facts by kind and split, pictures, glosses; empty without manuals.</param>
/// <param name="Evaluation">The evaluation sets, and how many pictures each has.</param>
public sealed record BuildSummary(
    IReadOnlyDictionary<DataSplit, int> Concepts,
    IReadOnlyDictionary<DataSplit, int> Sprites,
    int NearDuplicates,
    int Things,
    int UnseenThings,
    int Pairs,
    int HeldOutPairs,
    IReadOnlyList<KeyValuePair<string, int>> Manuals,
    IReadOnlyList<KeyValuePair<string, int>> Evaluation);
