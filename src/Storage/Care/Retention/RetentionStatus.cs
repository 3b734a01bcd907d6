namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>What was removed under a rule, by whatever node.</summary>
/// <param name="RanAt">End of the last complete pass; null before the first.</param>
/// <param name="Removed">Rows, by that pass or so far by the one under way.</param>
/// <param name="Total">Rows, ever.</param>
public sealed record RetentionStatus(RetentionRule Rule, DateTimeOffset? RanAt, long Removed, long Total);
