using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>Documents to sequence embeddings.</summary>
/// <param name="pictures">Reads pictures by path; null refuses them.</param>
internal sealed class EmbedJob(UnifiedModel model, DocumentLimits limits, ImageFileResolver? pictures) : ILineJob<InterleavedDocument, PreparedDocument, SequenceEmbedding>
{
    private readonly DocumentReadOptions reading = new() { Limits = limits, AllowFilePaths = pictures is not null };

    public InterleavedDocument Read(ReadOnlyMemory<byte> utf8) => DocumentJson.Parse(utf8, reading);

    public string IdOf(InterleavedDocument request) => request.Id;

    public int PicturesOf(InterleavedDocument request) => request.Parts.Count(static part => part is ImagePart);

    public PreparedDocument Prepare(InterleavedDocument request, CancellationToken cancellationToken) =>
        model.Preparer.Prepare(pictures?.Resolve(request) ?? request, cancellationToken);

    public IReadOnlyList<SequenceEmbedding> Run(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken) => model.Encoder.Encode(batch, cancellationToken);
}
