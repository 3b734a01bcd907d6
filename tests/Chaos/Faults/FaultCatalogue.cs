namespace UnifiedVlm.Chaos.Faults;

/// <summary>All kinds of faults, by their names.</summary>
internal static class FaultCatalogue
{
    private static readonly IFault None = new NoFault();

    public static IReadOnlyList<IFault> All { get; } =
        [new KillFault(), new RestartFault(), new StopFault(), new PostgresFault(), new CutFault(), new BrokerFault(), new SlowFault(), new DiskFault()];

    /// <param name="names">Separated by commas.</param>
    public static IReadOnlyList<IFault> Parse(string names) =>
    [
        .. names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static name =>
            All.Append(None).FirstOrDefault(fault => fault.Name == name)
            ?? throw new ArgumentException($"--faults {name}: there are {string.Join(", ", All.Append(None).Select(static fault => fault.Name))}.")),
    ];
}
