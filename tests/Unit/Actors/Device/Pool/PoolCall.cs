using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Tests.Unit.Actors.Device.Pool;

/// <summary>A document that a <see cref="PoolDevice"/> has.</summary>
internal sealed record PoolCall(PreparedDocument Document, Action Begun, CancellationToken Token)
{
    public TaskCompletionSource<SequenceEmbedding> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Succeed() => Answer.SetResult(new SequenceEmbedding(1, [], default, new float[] { Document.TokenCount }));

    public void Fail(Exception failure) => Answer.SetException(failure);
}
