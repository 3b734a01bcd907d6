using System.Diagnostics;

namespace UnifiedVlm.Server.Hosting;

/// <summary>What the start of a node took.</summary>
/// <param name="Runtime">From the process's beginning until the node's.</param>
/// <param name="Store">From there until the store was open; beside the model.</param>
/// <param name="Model">From there until the model was loaded; beside the store.</param>
internal sealed record StartTimes(TimeSpan Runtime, TimeSpan Store, TimeSpan Model)
{
    /// <summary>Since the kernel made the process; to the hundredth of a second.</summary>
    public static TimeSpan ProcessAge
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return DateTime.Now - process.StartTime;
        }
    }
}
