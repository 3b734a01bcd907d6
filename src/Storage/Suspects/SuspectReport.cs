namespace UnifiedVlm.Storage.Suspects;

/// <summary>What a process that died had in work.</summary>
/// <param name="Id">Of the process' diary: told twice, it counts once.</param>
public sealed record SuspectReport(Guid Id, IReadOnlyList<SuspectRecord> Records);
