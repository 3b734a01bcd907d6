using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Inbox;

/// <summary>The inbox as a log: its ids are the offsets.</summary>
public static class InboxLog
{
    /// <summary>Its log id and its topic.</summary>
    public const string Name = "inbox";

    /// <param name="group">The group whose position in it is meant.</param>
    public static LogPartition Of(string group) => new(group, Name, Name, 0);

    /// <summary>A Kafka topic of the same name has another log id.</summary>
    internal static bool IsLog(LogPartition partition) => partition is { LogId: Name, Topic: Name };
}
