using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device;

/// <summary>
/// The asking side of a device actor. The actor owns the weights, runs on a thread of its own, forms batches by length under a token
/// budget, serves queries before ingestion, and steps generation between batches.
/// </summary>
public interface IDeviceClient
{
    /// <summary>
    /// False while there is nothing that could encode: who waits then waits for a device to come, and no document is to blame.
    /// </summary>
    bool HasDevice => true;

    /// <summary>
    /// Encodes one document in whatever batch suits it. Waits for room in the token budget when the priority is <see cref="EncodePriority.Ingest"/>.
    /// The caller keeps ownership of <paramref name="document"/> and may dispose it when the task has ended. A cancelled caller's document is dropped.
    /// </summary>
    /// <exception cref="DeviceBusyException">Priority <see cref="EncodePriority.Query"/> and the budget is full: refuse, don't queue.</exception>
    /// <exception cref="DeviceFailedException">The device failed on this document, alone in its batch.</exception>
    Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken);

    /// <summary>Streams a continuation. The actor disposes the prompt.</summary>
    /// <exception cref="DeviceBusyException">As many generations as are allowed are running.</exception>
    IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken);
}
