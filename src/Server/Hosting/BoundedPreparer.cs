using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Server.Hosting;

/// <summary>Prepares documents whose pictures keep to the node's memory limit. Thread-safe.</summary>
/// <param name="bounds">Shared with everything else that decodes.</param>
internal sealed class BoundedPreparer(IDocumentPreparer preparer, PictureBounds bounds) : IDocumentPreparer
{
    /// <inheritdoc/>
    public PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken) =>
        bounds.Decode("parts", document.Parts.Select(static (part, i) => ($"parts[{i}]", part)), () => preparer.Prepare(document, cancellationToken), cancellationToken);
}
