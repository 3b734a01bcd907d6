using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device.Pool;

/// <summary>A device whose answers a test gives.</summary>
/// <param name="calls">Where several devices report, for a test that does not mind which of them has the document.</param>
internal sealed class PoolDevice(string name, int slots = int.MaxValue, bool isRemote = true, TestProbe<PoolCall>? calls = null) : PooledDevice
{
    private int used;

    public TestProbe<PoolCall> Calls { get; } = calls ?? new();

    public PooledDeviceState Current { get; private set; } = PooledDeviceState.Ready;

    /// <summary>What a generation does before its tokens.</summary>
    public Action OnGenerate { get; set; } = static () => { };

    /// <summary>What it does after its first token.</summary>
    public Action OnSecondToken { get; set; } = static () => { };

    public override string Name => name;

    public override PooledDeviceState State => Current;

    public override bool IsRemote => isRemote;

    public override int GenerationRoom => 1;

    public void Enter(PooledDeviceState state)
    {
        Current = state;
        OnChanged();
    }

    public override long Room(EncodePriority priority) => slots - used;

    public override bool TryAdmit(PreparedDocument document, EncodePriority priority)
    {
        if (used >= slots)
            return false;
        used++;
        return true;
    }

    public override async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, Action begun, CancellationToken cancellationToken)
    {
        var call = new PoolCall(document, begun, cancellationToken);
        Calls.Tell(call);
        try
        {
            return await call.Answer.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            used--;
        }
    }

    public override async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationPrompt prompt, SamplingOptions sampling, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        prompt.Dispose();
        OnGenerate();
        for (var i = 0; i < sampling.MaxTokens; i++)
        {
            if (i == 1)
                OnSecondToken();
            yield return new GeneratedToken(i, name, 0);
        }
    }
}
