using System.Diagnostics;
using UnifiedVlm.Actors.Telemetry;
using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Actors.Device;

/// <summary>Documents that are encoded together. Between the layers of a batch of ingestion come queries and token steps.</summary>
internal sealed class EncodeBatch(EncodeWork[] works) : IDisposable
{
    public EncodeWork[] Works => works;

    /// <summary>Null until it has begun.</summary>
    public IEncodeRun? Passes { get; set; }

    /// <summary>From its beginning to its disposal; null where nobody traces.</summary>
    public Activity? Span { get; set; }

    public void Dispose()
    {
        Passes?.Dispose();
        Span?.EndDetached();
    }
}
