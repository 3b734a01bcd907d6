namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>Lines of a run that gave results, and that did not.</summary>
internal readonly record struct LineTotals(long Done, long Failed);
