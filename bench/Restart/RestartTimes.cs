namespace UnifiedVlm.Bench.Restart;

/// <summary>One restart, in milliseconds since the process was started.</summary>
/// <param name="Runtime">The node began: before it are the kernel, the runtime and the command line.</param>
/// <param name="Postgres">Of that, the private PostgreSQL alone; 0 where it was running.</param>
/// <param name="Store">How long opening the store took, PostgreSQL and migrations included.</param>
/// <param name="Model">How long loading the model took, beside the store.</param>
/// <param name="Reading">The group was joined.</param>
/// <param name="Assigned">The broker gave the partitions.</param>
/// <param name="Opened">The first partition was held and read.</param>
/// <param name="Committed">The new document was in the store.</param>
/// <param name="Processor">Processor time of the node until then.</param>
internal sealed record RestartTimes(double Runtime, double Postgres, double Store, double Model, double Reading, double Assigned, double Opened, double Committed, double Processor)
{
    /// <summary>What the broker waits for other members.</summary>
    public double Join => Assigned - Reading;

    /// <summary>What the bar is about.</summary>
    public double WithoutJoin => Committed - Join;
}
