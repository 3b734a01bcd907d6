namespace UnifiedVlm.Streams.Telemetry;

/// <summary>Where a record spends its time, in the order it passes.</summary>
public enum PipelineStage
{
    /// <summary>Bytes to a validated document with its content hash.</summary>
    Decode = 0,

    /// <summary>Bringing pictures that the document names by blob or by address.</summary>
    Fetch = 1,

    /// <summary>Asking the store which documents it has with exactly this content.</summary>
    Compare = 2,

    /// <summary>Decoding pictures, tokenising.</summary>
    Prepare = 3,

    /// <summary>At the device: waiting for room and a batch, and being encoded.</summary>
    Encode = 4,

    /// <summary>Finished, waiting for an earlier record of its partition.</summary>
    Reorder = 5,

    /// <summary>Being written to the store.</summary>
    Write = 6,
}
