using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Preparation;

/// <summary>
/// The part of encoding that needs no weights: decoding pictures, tokenising, splitting long texts, cutting windows.
/// Thread-safe, so that a pipeline stage runs it on every core beside the device.
/// </summary>
public interface IDocumentPreparer
{
    /// <summary>Prepares a document for <see cref="Encoding.ISequenceEncoder.Encode"/>.</summary>
    /// <exception cref="DocumentRejectedException">A picture is broken, too large or of an unsupported type; names the field.</exception>
    PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken);
}
