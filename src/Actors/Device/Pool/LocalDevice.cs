using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>A device of this process, for one pool: each pool that shares it has one of these, and they take turns.</summary>
public sealed class LocalDevice : PooledDevice
{
    private readonly DeviceClient client;

    public LocalDevice(DeviceClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        this.client = client;
        client.StateChanged += OnChanged;
        client.RoomChanged += OnChanged;
    }

    public override string Name => client.Name;

    public override PooledDeviceState State => client.State switch
    {
        DeviceState.Starting or DeviceState.Running => PooledDeviceState.Ready,
        DeviceState.Restarting => PooledDeviceState.Returning,
        _ => PooledDeviceState.Away,
    };

    public override bool IsRemote => false;

    public override int GenerationRoom => Math.Max(0, client.Status.MaxGenerations - client.Status.Generations);

    public override bool TryAdmit(PreparedDocument document, EncodePriority priority) => client.TryAdmit(document, priority, this);

    public override void Reserve(PreparedDocument? document) => client.Reserve(document, this);

    public override async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, Action begun, CancellationToken cancellationToken)
    {
        try
        {
            return await client.EncodeAdmittedAsync(document, priority, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            client.TellRoom();
        }
    }

    public override IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
        => client.GenerateAsync(prompt, sampling, cancellationToken);

    public override long Room(EncodePriority priority)
    {
        var status = client.Status;
        var lane = priority == EncodePriority.Query ? status.Query : status.Ingest;
        return Math.Max(0, lane.BudgetTokens - lane.QueuedTokens - lane.ReservedTokens);
    }
}
