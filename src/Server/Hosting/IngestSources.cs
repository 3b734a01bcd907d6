using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Hosting;

/// <summary>What a serving node ingests from.</summary>
/// <param name="Kafka">Null: nothing is read from Kafka.</param>
/// <param name="Group">Whose positions in Kafka and the inbox.</param>
internal sealed record IngestSources(KafkaSourceOptions? Kafka, string Group, InboxLimits Inbox, WatchedFolders Folders);
