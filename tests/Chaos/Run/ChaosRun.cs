using System.Diagnostics;
using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Chaos.Faults;

namespace UnifiedVlm.Chaos.Run;

/// <summary>One fault a cycle while records come in without end; everything is compared now and then, and at the end.</summary>
internal sealed class ChaosRun(Testbed bed, TextWriter progress)
{
    private readonly ChaosOptions options = bed.Options;
    private readonly SortedDictionary<string, int> injected = [];

    /// <summary>Ends early when damage was found, because what came after it would prove nothing, and when it is told to, after the cycle.</summary>
    public async Task<RunReport> RunAsync(CancellationToken stop = default)
    {
        var since = Stopwatch.GetTimestamp();
        var found = new CheckReport();
        var (done, clean) = (0, 0);
        string? stuck = null;
        while (done < options.Cycles && found.IsClean)
        {
            stuck = await RunCycleAsync(done++);
            var isLast = done == options.Cycles || stuck is not null || stop.IsCancellationRequested;
            if (!isLast && done % options.CheckEvery != 0)
                continue;
            found = await bed.CheckAsync(wait: stuck is null);
            clean = found.IsClean ? done : clean;
            if (isLast)
                break;
        }

        return new RunReport(options, injected, done, clean, bed.History, bed.Zombies, await bed.JoinedAsync(), bed.Fleet.Ended, stuck, found, Stopwatch.GetElapsedTime(since));
    }

    /// <returns>What was waited for in vain; null where the cycle came to its end.</returns>
    private async Task<string?> RunCycleAsync(int cycle)
    {
        var since = Stopwatch.GetTimestamp();
        var seed = options.Seed + cycle;
        var fault = options.Faults[(int)((uint)seed % options.Faults.Count)];
        await bed.Sender.SeedAsync(seed);
        var stuck = await InjectAsync(fault, new Random(seed));
        await bed.Fleet.ReviveAsync();
        injected[fault.Name] = injected.GetValueOrDefault(fault.Name) + 1;
        progress.WriteLine(
            $"cycle {cycle + 1} of {options.Cycles}, seed {seed}: {fault.Name}, {Stopwatch.GetElapsedTime(since).TotalSeconds:F1} s, {bed.History.Records} records sent");
        return stuck is null ? null : $"cycle {cycle + 1}, seed {seed}, {fault.Name}: {stuck}";
    }

    private async Task<string?> InjectAsync(IFault fault, Random random)
    {
        try
        {
            await fault.InjectAsync(bed, random);
            return null;
        }
        catch (TimeoutException e)
        {
            return e.Message;
        }
    }
}
