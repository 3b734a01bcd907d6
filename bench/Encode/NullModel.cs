using UnifiedVlm.Documents;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Bench.Encode;

/// <summary>Takes a fixed time for a batch and none of the processor's.</summary>
internal sealed class NullModel(TimeSpan perBatch) : ISequenceEncoder, ITextGenerator
{
    public const string Name = "null";
    public const int Width = 256;

    public string Fingerprint => Name;

    public int Dimension => Width;

    public CacheUsage Cache => default;

    public IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken)
    {
        Thread.Sleep(perBatch);
        return [.. batch.Select(static document => new SequenceEmbedding(Width, document.Parts, new float[document.Parts.Count * Width], new float[Width]))];
    }

    public ITextGeneration? TryBegin(GenerationPrompt prompt, SamplingOptions sampling) => null;

    public IReadOnlyList<TextStep> Step(IReadOnlyList<ITextGeneration> generations, int promptTokens) => [];
}
