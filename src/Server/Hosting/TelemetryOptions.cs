namespace UnifiedVlm.Server.Hosting;

/// <summary>Where a node sends its traces, metrics and logs.</summary>
/// <param name="Endpoint">Of an OpenTelemetry collector; null: what OpenTelemetry's own variables say, or nowhere.</param>
internal sealed record TelemetryOptions(Uri? Endpoint);
