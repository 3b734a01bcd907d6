using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Encoding;

/// <summary>
/// A batch on its way through the encoder, which can be left between two layers to do something else. One thread at a time, the encoder's.
/// Disposing gives up what was not done.
/// </summary>
public interface IEncodeRun : IDisposable
{
    /// <summary>Goes on with the batch. Some of it is always done.</summary>
    /// <param name="leave">
    /// Asked after each layer, from several threads: true when something more urgent has come. With it the batch runs at a lowered priority, where the
    /// encoder has threads for that. Null for a batch that someone waits for, which runs to its end.
    /// </param>
    /// <param name="ahead">
    /// The batch that comes next: threads that find nothing more of this one go on with that, until this one is done. What fails of it fails in its own step.
    /// </param>
    /// <returns>Whether the batch is done.</returns>
    bool Step(Func<bool>? leave, IEncodeRun? ahead, CancellationToken cancellationToken);

    /// <summary>One embedding per document, in the order given; once it is done.</summary>
    IReadOnlyList<SequenceEmbedding> Embeddings { get; }
}
