namespace UnifiedVlm.Streams.Crashes;

/// <summary>The record was the only one in work each time that its process died: it is not tried again.</summary>
public sealed class KilledProcessException(int deaths)
    : Exception($"The process died {deaths} times with this record alone in work; it is not tried again");
