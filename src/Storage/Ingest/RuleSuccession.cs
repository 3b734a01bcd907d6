namespace UnifiedVlm.Storage.Ingest;

/// <summary>Which version rules are newer than which others: an operator has said that the one's log follows the other's.</summary>
internal sealed class RuleSuccession
{
    private readonly HashSet<(string Rule, string Follows)> _pairs = [];

    public void Add(string rule, string follows) => _pairs.Add((rule, follows));

    /// <summary>Every version by the one is newer than all by the other.</summary>
    public bool Follows(string rule, string earlier) => _pairs.Contains((rule, earlier));

    /// <summary>Versions by the two can be compared.</summary>
    public bool AreComparable(string one, string other) => one == other || Follows(one, other) || Follows(other, one);
}
