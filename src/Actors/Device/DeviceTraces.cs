using System.Diagnostics;
using UnifiedVlm.Actors.Telemetry;

namespace UnifiedVlm.Actors.Device;

/// <summary>Spans of the device: one a batch, which its documents' callers share.</summary>
internal static class DeviceTraces
{
    private static readonly ActivitySource Source = new(DeviceMeter.Name);

    public static Activity? BeginBatch(string device, IReadOnlyList<EncodeWork> works)
    {
        if (Source.StartShared("encode batch", ActivityKind.Internal, works.Select(static work => work.CallerSpan)) is not { } span)
            return null;
        span.SetTag("gen_ai.operation.name", "embeddings");
        span.SetTag("gen_ai.usage.input_tokens", works.Sum(static work => work.Tokens));
        span.SetTag("uvlm.device", device);
        span.SetTag("uvlm.batch.documents", works.Count);
        span.SetTag("uvlm.batch.priority", works[0].Priority == EncodePriority.Query ? "query" : "ingest");
        return span;
    }
}
