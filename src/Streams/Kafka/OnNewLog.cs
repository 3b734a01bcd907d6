namespace UnifiedVlm.Streams.Kafka;

/// <summary>What to do when the group's stored position belongs to another cluster or an earlier topic of the same name.</summary>
public enum OnNewLog
{
    /// <summary>The partition stops and names the operator's command.</summary>
    Stop = 0,

    /// <summary>The new log is read from its beginning. For demonstrations, whose broker keeps nothing.</summary>
    Adopt = 1,
}
