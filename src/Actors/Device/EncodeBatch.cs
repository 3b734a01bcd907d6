using System.Diagnostics;
using UnifiedVlm.Actors.Telemetry;
using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Actors.Device;

/// <summary>Documents that are encoded together. Between the layers of a batch of ingestion come queries and token steps.</summary>
/// <param name="works">The documents.</param>
/// <param name="isAlone">Nothing else may be on the device with them.</param>
internal sealed class EncodeBatch(EncodeWork[] works, bool isAlone = false) : IDisposable
{
    public EncodeWork[] Works => works;

    public bool IsAlone => isAlone;

    /// <summary>Another batch was, or may have been, on the device with it: a loss is not its own.</summary>
    public bool HadCompany { get; set; }

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
