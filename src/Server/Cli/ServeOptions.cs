using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Server.Cli;

/// <summary>Everything that a serving node is told.</summary>
/// <param name="Kafka">Null: nothing is read from Kafka.</param>
/// <param name="Group">Consumer group, also in the store's offsets.</param>
/// <param name="Fetch">Null: pictures by address are refused.</param>
/// <param name="KeepBlobs">How long a picture that no document refers to stays.</param>
internal sealed record ServeOptions(
    NodeOptions Node, KafkaSourceOptions? Kafka, string Group, FetchOptions? Fetch, RetentionOptions Retention, TimeSpan KeepBlobs, string Url, string LogLevel);
