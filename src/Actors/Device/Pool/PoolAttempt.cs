namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>A document with a device.</summary>
/// <param name="started">Timestamp.</param>
/// <param name="patience">Without an answer by then it is late.</param>
internal sealed class PoolAttempt(PoolWork work, PoolMember member, long started, TimeSpan patience)
{
    private volatile bool hasBegun;

    public PoolWork Work => work;

    public PoolMember Member => member;

    public long Started => started;

    public TimeSpan Patience => patience;

    public CancellationTokenSource Cancellation { get; } = new();

    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>Taken from the device, so that its cancellation is nobody's end.</summary>
    public bool IsMoved { get; set; }

    /// <summary>The device has had it in work: if it is lost, this document may be the reason.</summary>
    public bool HasBegun => hasBegun;

    public void Begin() => hasBegun = true;
}
