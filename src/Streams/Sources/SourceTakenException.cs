namespace UnifiedVlm.Streams.Sources;

/// <summary>Another run of the same local source took its log over.</summary>
public sealed class SourceTakenException(string name)
    : Exception($"Another run reads '{name}' at the same time and has taken over. Let it finish, then run this again: what it stored is skipped.");
