namespace UnifiedVlm.Storage.Suspects;

/// <summary>What a record is recognised by after the process that worked on it has died.</summary>
/// <param name="Value">The offset, or a hash of the record where offsets are another in every run.</param>
public readonly record struct WorkIdentity(long Value, bool IsOffset);
