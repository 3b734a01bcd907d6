using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Decoding;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>What records hold of the budget for vectors, from before their preparation until they are written: estimated at first, then settled.</summary>
internal static class VectorCredit
{
    /// <summary>UTF-16 code units that make at least one part of a text's own, roughly.</summary>
    private const int CharactersPerPart = 256;

    /// <summary>
    /// To be called for one record after the other in the order of admission, also for those whose pictures are still to come: then those who hold credit wait
    /// for nobody who doesn't, because everything before them in their partition has its own already.
    /// </summary>
    public static async ValueTask AcquireAsync(PipelineContext context, InFlightRecord record)
    {
        var document = record.Decoded switch
        {
            UnresolvedDocument unresolved => unresolved.Document,
            DecodedDocument decoded => decoded.Document,
            _ => throw new InvalidOperationException($"{record.Lane.Lease.Partition}@{record.Offset} has no vectors."),
        };
        var amount = Bytes(context, document.Parts.Sum(static part => 1L + (part is TextPart text ? text.Text.Length / CharactersPerPart : 0)));
        await context.VectorBytes.AcquireAsync(amount, context.Aborted).ConfigureAwait(false);
        record.VectorBytes = amount;
    }

    /// <summary>
    /// The document is prepared, so the number of its parts is known. One that is encoded after all has taken nothing yet and may not wait now: the writer waits
    /// for it, and all that is behind it.
    /// </summary>
    public static void Settle(PipelineContext context, InFlightRecord record, int parts) => SetTo(context, record, Bytes(context, parts));

    /// <summary>There will be no vectors.</summary>
    public static void Release(PipelineContext context, InFlightRecord record) => SetTo(context, record, 0);

    private static void SetTo(PipelineContext context, InFlightRecord record, long actual)
    {
        if (actual > record.VectorBytes)
            context.VectorBytes.Charge(actual - record.VectorBytes);
        else
            context.VectorBytes.Release(record.VectorBytes - actual);
        record.VectorBytes = actual;
    }

    private static long Bytes(PipelineContext context, long parts) => (parts + 1) * context.Options.VectorBytesPerPart;
}
