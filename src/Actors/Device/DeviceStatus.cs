using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Device;

/// <summary>A device at one moment, for the status page. The totals count from the start of the process.</summary>
public sealed record DeviceStatus
{
    public required string Name { get; init; }

    public required DeviceState State { get; init; }

    /// <summary>Null until the model has been loaded.</summary>
    public required DeviceInfo? Model { get; init; }

    public required DeviceLaneStatus Query { get; init; }

    public required DeviceLaneStatus Ingest { get; init; }

    /// <summary>Generations admitted and not yet ended.</summary>
    public required int Generations { get; init; }

    public required int MaxGenerations { get; init; }

    public required long GeneratedTokens { get; init; }

    /// <summary>The KV cache of the generations.</summary>
    public required CacheUsage Cache { get; init; }

    /// <summary>Time spent on token steps, prompts included.</summary>
    public required TimeSpan GenerationTime { get; init; }

    public required long Restarts { get; init; }

    /// <summary>Since the actor was started.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>0 to 1: the share of the uptime in which the device did nothing.</summary>
    public double IdleShare => Uptime <= TimeSpan.Zero
        ? 0
        : Math.Clamp(1 - ((Query.Time + Ingest.Time + GenerationTime) / Uptime), 0, 1);
}
