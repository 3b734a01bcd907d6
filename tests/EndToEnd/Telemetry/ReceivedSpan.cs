namespace UnifiedVlm.Tests.EndToEnd.Telemetry;

/// <summary>A span as a collector gets it; ids in hexadecimal.</summary>
/// <param name="Scope">The source that made it.</param>
/// <param name="ParentId">Empty: none.</param>
/// <param name="LinkedTraces">Traces of its links.</param>
internal sealed record ReceivedSpan(string Scope, string TraceId, string Id, string ParentId, string Name, IReadOnlyList<string> LinkedTraces);
