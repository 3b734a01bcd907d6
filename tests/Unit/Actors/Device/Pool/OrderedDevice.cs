using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Tests.Unit.Actors.Device.Pool;

/// <summary>
/// A line's way to a device that hands documents over in the order in which they were let in, over all lines that share that order. A pool hands each over on a thread
/// of its own, so that a test could not tell who overtook whom.
/// </summary>
internal sealed class OrderedDevice : PooledDevice
{
    private readonly LocalDevice device;
    private readonly HandOver order;

    public OrderedDevice(LocalDevice device, HandOver order)
    {
        (this.device, this.order) = (device, order);
        device.Changed += OnChanged;
    }

    public override string Name => device.Name;

    public override PooledDeviceState State => device.State;

    public override bool IsRemote => device.IsRemote;

    public override int GenerationRoom => device.GenerationRoom;

    public override bool TryAdmit(PreparedDocument document, EncodePriority priority) => order.TryEnter(document, () => device.TryAdmit(document, priority));

    public override void Reserve(PreparedDocument? document) => device.Reserve(document);

    public override async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, Action begun, CancellationToken cancellationToken)
    {
        var (before, done) = order.Leave(document);
        await before;
        var encoding = device.EncodeAsync(document, priority, begun, cancellationToken);
        done.SetResult();
        return await encoding;
    }

    public override IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
        => device.GenerateAsync(prompt, sampling, cancellationToken);

    public override long Room(EncodePriority priority) => device.Room(priority);

    /// <summary>Who comes after whom.</summary>
    internal sealed class HandOver
    {
        private readonly Lock gate = new();
        private readonly Dictionary<PreparedDocument, (Task Before, TaskCompletionSource Done)> entered = [];
        private Task last = Task.CompletedTask;

        public bool TryEnter(PreparedDocument document, Func<bool> isAdmitted)
        {
            lock (gate)
            {
                if (!isAdmitted())
                    return false;
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                entered.Add(document, (last, done));
                last = done.Task;
                return true;
            }
        }

        public (Task Before, TaskCompletionSource Done) Leave(PreparedDocument document)
        {
            lock (gate)
                return entered.Remove(document, out var place) ? place : throw new InvalidOperationException("It was not let in.");
        }
    }
}
