using System.Runtime.CompilerServices;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Bench.Storage;

/// <summary>Preparer and device that cost nothing: every document's vectors are there beforehand.</summary>
internal sealed class NullModel(IReadOnlyList<DocumentUpsert> documents) : IDocumentPreparer, IDeviceClient
{
    private static readonly PreparedWindow[] Windows = [new([1], [new PartSpan(PartKind.Text, 0, 1)], null, 0, 0)];

    private readonly Dictionary<string, SequenceEmbedding> embeddings = documents.ToDictionary(static d => d.Document.Id, static d => d.Embedding!);
    private readonly ConditionalWeakTable<PreparedDocument, SequenceEmbedding> prepared = [];

    public PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken)
    {
        var embedding = embeddings[document.Id];
        var result = new PreparedDocument(Windows, embedding.Parts);
        prepared.Add(result, embedding);
        return result;
    }

    public Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken)
        => Task.FromResult(prepared.TryGetValue(document, out var embedding) ? embedding : throw new InvalidOperationException("Not prepared here."));

    public IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
        => throw new NotSupportedException("Nothing is generated here.");
}
