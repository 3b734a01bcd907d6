namespace UnifiedVlm.Chaos.Checking;

/// <summary>What the store has to hold when everything that was sent is in it.</summary>
/// <param name="Documents">By id.</param>
/// <param name="Versions">Every version a document was ever sent with.</param>
/// <param name="Ends">The offset after the last record, by partition.</param>
internal sealed record Expectation(
    string Group,
    string Topic,
    IReadOnlyDictionary<string, ExpectedDocument> Documents,
    IReadOnlyDictionary<string, HashSet<long>> Versions,
    IReadOnlyList<ExpectedLetter> Letters,
    IReadOnlyList<long> Ends);
