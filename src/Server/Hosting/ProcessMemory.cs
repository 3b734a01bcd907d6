using System.Globalization;

namespace UnifiedVlm.Server.Hosting;

/// <summary>What the kernel counts for this process.</summary>
internal static class ProcessMemory
{
    /// <summary>The most resident memory it ever had, in bytes: files mapped into it are counted.</summary>
    public static long Peak => Read("VmHWM:");

    public static long Resident => Read("VmRSS:");

    private static long Read(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        var kilobytes = line.AsSpan(name.Length).Trim();
        return long.Parse(kilobytes[..kilobytes.IndexOf(' ')], CultureInfo.InvariantCulture) * 1024;
    }
}
