using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Model.Encoding;

/// <summary>Turns prepared documents into sequence embeddings. One thread at a time: the device actor owns it.</summary>
public interface ISequenceEncoder
{
    /// <summary>Names model, checkpoint and embedding head: vectors with different fingerprints must never be compared.</summary>
    string Fingerprint { get; }

    /// <summary>D, the width of every vector.</summary>
    int Dimension { get; }

    /// <summary>Encodes a batch; the result of a document does not depend on its neighbours.</summary>
    /// <returns>One embedding per document, in the order given.</returns>
    /// <exception cref="ModelOutputException">A vector is no number; names the first such part of its document, and fails the whole batch.</exception>
    IReadOnlyList<SequenceEmbedding> Encode(IReadOnlyList<PreparedDocument> batch, CancellationToken cancellationToken);

    /// <summary>Whether a run makes anything of the batch that comes next (<see cref="IEncodeRun.Step"/>).</summary>
    bool WorksAhead => false;

    /// <summary>As <see cref="Encode"/>, step by step. Several runs may be under way; their steps take turns.</summary>
    IEncodeRun Begin(IReadOnlyList<PreparedDocument> batch) => new WholeRun(this, batch);
}
