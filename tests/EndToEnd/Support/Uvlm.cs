using System.Diagnostics;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>The built program as a user starts it: one process per instance, its output kept for the failure message.</summary>
internal sealed class Uvlm : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly Lock gate = new();
    private readonly List<(string Prefix, TaskCompletionSource<string> Found)> watchers = [];

    private Uvlm(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static string RepositoryRoot { get; } = FindRoot();

    public int Id => process.Id;

    public string Output
    {
        get
        {
            lock (gate)
                return string.Join('\n', lines);
        }
    }

    public static Uvlm Start(IEnumerable<string> arguments, string? standardInput = null)
    {
        var program = Path.Combine(RepositoryRoot, "artifacts", "bin", "UnifiedVlm.Server", "release", "uvlm");
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("uvlm did not start.");
        var started = new Uvlm(process);
        if (standardInput is not null)
            process.StandardInput.Write(standardInput);
        process.StandardInput.Close();
        return started;
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>Exit code and everything printed.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> arguments, string? standardInput = null)
    {
        await using var program = Start(arguments, standardInput);
        await program.WaitForExitAsync();
        return (program.process.ExitCode, program.Output);
    }

    /// <returns>What follows <paramref name="prefix"/> on the first line that starts with it.</returns>
    public async Task<string> WaitForLineAsync(string prefix)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (lines.Find(line => line.StartsWith(prefix, StringComparison.Ordinal)) is { } line)
                return line[prefix.Length..].Trim();
            watchers.Add((prefix, found));
        }

        var ended = process.WaitForExitAsync();
        var first = await Task.WhenAny(found.Task, ended, Task.Delay(Patience));
        Assert.True(first == found.Task || found.Task.IsCompleted, $"no line '{prefix}' from uvlm (exited: {process.HasExited}):\n{Output}");
        return await found.Task;
    }

    public async Task WaitForExitAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(deadline.Token);
        process.WaitForExit();
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (gate)
        {
            lines.Add(line);
            foreach (var (prefix, found) in watchers)
            {
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                    found.TrySetResult(line[prefix.Length..].Trim());
            }
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "UnifiedVlm.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("UnifiedVlm.sln is in no parent folder of the tests.");
    }
}
