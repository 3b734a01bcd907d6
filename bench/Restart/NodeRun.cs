using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Bench.Restart;

/// <summary><c>uvlm serve</c> as a process, and the times in its log.</summary>
internal sealed partial class NodeRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly DateTime started;
    private readonly List<string> lines = [];
    private readonly Lock gate = new();

    private NodeRun(Process process, DateTime started)
    {
        this.process = process;
        this.started = started;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public double ProcessorMilliseconds => process.TotalProcessorTime.TotalMilliseconds;

    /// <summary>Since the process was started.</summary>
    public double Milliseconds => (DateTime.UtcNow - started).TotalMilliseconds;

    public static NodeRun Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, ["serve", "--until-stdin-closes", "--url", "http://127.0.0.1:0", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = DateTime.UtcNow;
        return new NodeRun(Process.Start(start) ?? throw new InvalidOperationException("uvlm did not start."), started);
    }

    public string Output
    {
        get
        {
            lock (gate)
                return string.Join('\n', lines);
        }
    }

    /// <returns>When the first line with the text was written, in milliseconds since the start.</returns>
    public async Task<double> TimeOfAsync(string text)
    {
        var line = await FindAsync(text);
        var at = DateTime.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        return (at - started).TotalMilliseconds;
    }

    /// <summary>The whole number after <paramref name="before"/> on the first line with the text.</summary>
    public async Task<double> NumberAsync(string text, string before)
    {
        var line = await FindAsync(text);
        return double.Parse(Number().Match(line, line.IndexOf(before, StringComparison.Ordinal)).Value, CultureInfo.InvariantCulture);
    }

    public bool Says(string text) => Find(text) is not null;

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>An orderly end, unless it was killed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task<string> FindAsync(string text)
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Patience; await Task.Delay(10))
        {
            if (Find(text) is { } line)
                return line;
        }

        throw new TimeoutException($"uvlm has not said '{text}':\n{Output}");
    }

    private string? Find(string text)
    {
        lock (gate)
            return lines.Find(line => line.Contains(text, StringComparison.Ordinal));
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (gate)
            lines.Add(line);
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
