namespace UnifiedVlm.Chaos.Faults;

/// <summary>Where a node is stopped.</summary>
internal enum StopPoint
{
    /// <summary>Whatever it is doing.</summary>
    Anywhere,

    /// <summary>In mid-transaction, while the server still works on what it was sent.</summary>
    InData,

    /// <summary>In mid-transaction, when all but the COMMIT is done: it holds its fence row.</summary>
    BeforeCommit,
}
