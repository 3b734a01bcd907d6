using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Encoding;

/// <summary>A batch in one step, for an encoder that can't be left in between.</summary>
internal sealed class WholeRun(ISequenceEncoder encoder, IReadOnlyList<PreparedDocument> batch) : IEncodeRun
{
    private IReadOnlyList<SequenceEmbedding>? embeddings;

    public IReadOnlyList<SequenceEmbedding> Embeddings => embeddings ?? throw new InvalidOperationException("The batch is not done.");

    public bool Step(Func<bool>? leave, IEncodeRun? ahead, CancellationToken cancellationToken)
    {
        embeddings = encoder.Encode(batch, cancellationToken);
        return true;
    }

    public void Dispose()
    {
    }
}
