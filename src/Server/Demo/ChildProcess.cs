using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Server.Demo;

/// <summary>
/// Another <c>uvlm</c> of this program as a process of its own. Its output goes to a log file. It is told to end with this process's
/// pipe (<c>--until-stdin-closes</c>), so that it never outlives us, not even when we are killed. Of our environment it has what <see cref="ChildEnvironment"/> leaves.
/// </summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Task pump;
    private readonly TaskCompletionSource<string> announcement = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process, string name, string logPath, string announcementPrefix)
    {
        this.process = process;
        Name = name;
        LogPath = logPath;
        pump = Task.Run(() => PumpAsync(announcementPrefix));
    }

    public string Name { get; }

    public string LogPath { get; }

    /// <summary>Ends when the process has ended and its output is in the log.</summary>
    public Task Completion => pump;

    /// <param name="announcementPrefix">The start of the line that says the child is ready; <see cref="WaitUntilReadyAsync"/> gives its rest.</param>
    /// <param name="program">Null: this one.</param>
    public static ChildProcess Start(string name, string logDirectory, string announcementPrefix, IEnumerable<string> arguments, string? program = null)
    {
        Directory.CreateDirectory(logDirectory);
        var start = new ProcessStartInfo(program ?? Environment.ProcessPath!, [.. arguments, "--until-stdin-closes"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ChildEnvironment.Clean(start.Environment);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
        return new ChildProcess(process, name, Path.Combine(logDirectory, $"{name}.log"), announcementPrefix);
    }

    /// <summary>Runs to the end; what goes to standard error is seen, as progress is. Ended with the token.</summary>
    /// <returns>What it wrote to standard output, however it ended.</returns>
    public static async Task<string> RunToEndAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true };
        ChildEnvironment.Clean(start.Environment);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return output;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    /// <returns>What followed the announcement's prefix.</returns>
    /// <exception cref="ChildFailedException">The child ended before it was ready.</exception>
    public Task<string> WaitUntilReadyAsync(CancellationToken cancellationToken) => announcement.Task.WaitAsync(cancellationToken);

    /// <summary>SIGKILL: nothing of it runs any more, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await pump;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // The child drains and ends; one that doesn't in time is killed, which it is built to survive.
            process.StandardInput.Close();
            _ = Kill(process.Id, SigTerm);
            using var deadline = new CancellationTokenSource(DrainTime);
            try
            {
                await process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        await pump;
        process.Dispose();
    }

    private async Task PumpAsync(string announcementPrefix)
    {
        await using (var log = new StreamWriter(LogPath, append: false) { AutoFlush = true })
        {
            var gate = new SemaphoreSlim(1, 1);
            await Task.WhenAll(CopyAsync(process.StandardOutput, log, gate, announcementPrefix), CopyAsync(process.StandardError, log, gate, announcementPrefix));
        }

        await process.WaitForExitAsync();
        announcement.TrySetException(new ChildFailedException(
            $"{Name} ended with exit code {process.ExitCode} before it was ready. Its last lines:\n{string.Join('\n', File.ReadLines(LogPath).TakeLast(8))}"));
    }

    private async Task CopyAsync(StreamReader from, StreamWriter to, SemaphoreSlim gate, string announcementPrefix)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(announcementPrefix, StringComparison.Ordinal))
                announcement.TrySetResult(line[announcementPrefix.Length..].Trim());
            await gate.WaitAsync();
            try
            {
                await to.WriteLineAsync(line);
            }
            finally
            {
                gate.Release();
            }
        }
    }

    private const int SigTerm = 15;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
