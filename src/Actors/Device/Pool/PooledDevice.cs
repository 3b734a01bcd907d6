using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>A device that a pool gives work to, on this node or on another. Thread-safe.</summary>
public abstract class PooledDevice
{
    /// <summary>Raised when there may be more room than before, or the device came or went. Not from within the calls below.</summary>
    public event Action? Changed;

    public abstract string Name { get; }

    public abstract PooledDeviceState State { get; }

    /// <summary>On another node: what it leaves unanswered may be given to another device too, since it reads nothing of this process.</summary>
    public abstract bool IsRemote { get; }

    /// <summary>Takes room for a document, which <see cref="EncodeAsync"/> gives back. Never waits.</summary>
    public abstract bool TryAdmit(PreparedDocument document, EncodePriority priority);

    /// <summary>
    /// The first document of the caller's line, which found no room here: what others bring later does not overtake it. Null where there is none, or it may not come here any
    /// more. Takes no room.
    /// </summary>
    public virtual void Reserve(PreparedDocument? document)
    {
    }

    /// <summary>Encodes a document that has its room. Reads it until the task has ended.</summary>
    /// <param name="begun">Called when the device begins with it, for one on another node; here the document itself is told.</param>
    /// <exception cref="DeviceBusyException">It has no room after all.</exception>
    /// <exception cref="DeviceLostException">The device has gone, and whatever it had with it.</exception>
    /// <exception cref="DeviceFailedException">The device failed on this document alone.</exception>
    public abstract Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, Action begun, CancellationToken cancellationToken);

    /// <inheritdoc cref="IDeviceClient.GenerateAsync"/>
    public abstract IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken);

    /// <summary>Tokens of a class that it would take now.</summary>
    public abstract long Room(EncodePriority priority);

    /// <summary>Generations that it would take now.</summary>
    public abstract int GenerationRoom { get; }

    /// <summary>Tokens of a class that it may be expected to take: of another node not only what was granted before it was asked for.</summary>
    /// <param name="outstanding">What it has of them.</param>
    public virtual long Prospect(EncodePriority priority, long outstanding) => Room(priority);

    /// <inheritdoc cref="Prospect"/>
    public virtual int GenerationProspect(int outstanding) => GenerationRoom;

    protected void OnChanged() => Changed?.Invoke();
}
