using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Rpc;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Streams.Fetching;

namespace UnifiedVlm.Server.Cli;

/// <summary>Everything that a serving node is told.</summary>
/// <param name="Fetch">Null: pictures by address are refused.</param>
/// <param name="KeepBlobs">How long a picture that no document refers to stays.</param>
internal sealed record ServeOptions(
    NodeOptions Node, IngestSources Sources, FetchOptions? Fetch, RetentionOptions Retention, TimeSpan KeepBlobs, HttpOptions Http, ClusterOptions Cluster, RpcOptions Rpc,
    TelemetryOptions Telemetry, EventOptions Events, string LogLevel);
