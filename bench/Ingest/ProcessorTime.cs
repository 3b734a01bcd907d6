using System.Globalization;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>Processor time of processes, as the kernel accounts for it.</summary>
internal static class ProcessorTime
{
    /// <summary>_SC_CLK_TCK, 100 on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    public static double OfThisProcess() => System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    public static double Of(int process) => Read(process) is { } stat ? stat.Own : 0;

    /// <summary>A process, its living children and those it has waited for: all of a PostgreSQL cluster from its postmaster's id.</summary>
    public static double OfFamily(int process)
    {
        if (Read(process) is not { } parent)
            return 0;
        var children = Directory.EnumerateDirectories("/proc")
            .Select(static folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Read(id) : null)
            .Where(stat => stat is { } s && s.Parent == process);
        return parent.Own + parent.Ended + children.Sum(static s => s!.Value.Own);
    }

    /// <summary>This process's living threads, summed by name.</summary>
    public static Dictionary<string, double> ByThread()
    {
        var times = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var folder in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (ReadFile(Path.Combine(folder, "stat")) is not { } stat)
                continue;
            times[stat.Name] = times.GetValueOrDefault(stat.Name) + stat.Own;
        }

        return times;
    }

    public static Dictionary<string, double> Since(IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> after)
        => after.ToDictionary(static t => t.Key, t => t.Value - before.GetValueOrDefault(t.Key), StringComparer.Ordinal);

    private static (string Name, int Parent, double Own, double Ended)? Read(int process) => ReadFile($"/proc/{process}/stat");

    private static (string Name, int Parent, double Own, double Ended)? ReadFile(string path)
    {
        try
        {
            // The name in brackets may hold anything; what follows it is in columns.
            var text = File.ReadAllText(path);
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (text[(text.IndexOf('(') + 1)..text.LastIndexOf(')')], int.Parse(fields[1], CultureInfo.InvariantCulture), Seconds(fields[11]) + Seconds(fields[12]), Seconds(fields[13]) + Seconds(fields[14]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile.
            return null;
        }

        static double Seconds(string ticks) => long.Parse(ticks, CultureInfo.InvariantCulture) / TicksPerSecond;
    }
}
