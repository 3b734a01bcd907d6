using System.Diagnostics;
using System.Globalization;

namespace UnifiedVlm.Bench.Encode;

/// <summary><see cref="Lending"/> in a process of its own.</summary>
internal sealed class LendingProcess : IAsyncDisposable
{
    private readonly Process process;

    private LendingProcess(Process process, Uri address) => (this.process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<LendingProcess> StartAsync(TimeSpan perBatch, int batch)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(LendingProcess).Assembly.Location);
        foreach (var argument in new[] { "lend", "--batch-ms", perBatch.TotalMilliseconds.ToString(CultureInfo.InvariantCulture), "--batch", batch.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync();
        return line?.StartsWith(Lending.Announcement, StringComparison.Ordinal) == true
            ? new LendingProcess(process, new Uri(line[Lending.Announcement.Length..]))
            : throw new InvalidOperationException($"A node did not start: {line}");
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
