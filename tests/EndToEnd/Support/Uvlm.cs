using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>The built program as a user starts it: one process per instance, its output kept for the failure message.</summary>
internal sealed partial class Uvlm : IAsyncDisposable
{
    private const int ShownLines = 40;

    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly List<string> errors = [];
    private readonly Lock gate = new();
    private readonly List<(string Prefix, TaskCompletionSource<string> Found)> watchers = [];
    private bool inputIsOpen;

    private Uvlm(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data, lines);
        process.ErrorDataReceived += (_, line) => Take(line.Data, errors);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static string RepositoryRoot { get; } = FindRoot();

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>The last lines of standard output and then of standard error, so far.</summary>
    public string Output
    {
        get
        {
            lock (gate)
                return string.Join('\n', lines.TakeLast(ShownLines).Concat(errors.TakeLast(ShownLines)));
        }
    }

    /// <param name="standardInput">Written, then closed; null closes it at once unless <paramref name="keepInputOpen"/>.</param>
    /// <param name="keepInputOpen">Until <see cref="CloseInput"/> or disposal.</param>
    public static Uvlm Start(
        IEnumerable<string> arguments,
        ReadOnlyMemory<byte>? standardInput = null,
        bool keepInputOpen = false,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var program = Path.Combine(RepositoryRoot, "artifacts", "bin", "UnifiedVlm.Server", "release", "uvlm");
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = RepositoryRoot,
        };
        // Settings of whoever runs the tests are not part of them.
        foreach (var name in start.Environment.Keys.Where(static k => k.StartsWith("UVLM_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var started = new Uvlm(Process.Start(start) ?? throw new InvalidOperationException("uvlm did not start.")) { inputIsOpen = true };
        try
        {
            if (standardInput is { } input)
                started.process.StandardInput.BaseStream.Write(input.Span);
        }
        catch (IOException)
        {
            // It has ended without reading, as it may where it refuses its options; what it did is seen by its exit code.
        }

        if (!keepInputOpen)
            started.CloseInput();
        return started;
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<Finished> RunAsync(
        IEnumerable<string> arguments, ReadOnlyMemory<byte>? standardInput = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var program = Start(arguments, standardInput, environment: environment);
        await program.WaitForExitAsync();
        return new Finished(program.ExitCode, string.Join('\n', program.lines), string.Join('\n', program.errors));
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
        await Task.WhenAny(found.Task, ended).WaitAsync(Waiting.Limit);
        Assert.True(found.Task.IsCompleted, $"no line '{prefix}' from uvlm (exited: {process.HasExited}):\n{Output}");
        return await found.Task;
    }

    /// <summary>How many lines so far contain the text.</summary>
    public int CountLines(string text) => Lines(text).Count;

    /// <summary>The lines so far that contain the text.</summary>
    public List<string> Lines(string text)
    {
        lock (gate)
            return [.. lines.Concat(errors).Where(line => line.Contains(text, StringComparison.Ordinal))];
    }

    public async Task WaitForExitAsync()
    {
        using var deadline = new CancellationTokenSource(Waiting.Limit);
        await process.WaitForExitAsync(deadline.Token);
        process.WaitForExit();
    }

    public void CloseInput()
    {
        if (inputIsOpen)
            process.StandardInput.Close();
        inputIsOpen = false;
    }

    /// <summary>SIGTERM: what a service manager sends.</summary>
    public async Task TerminateAsync()
    {
        Assert.Equal(0, Kill(process.Id, SigTerm));
        await WaitForExitAsync();
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await WaitForExitAsync();
    }

    /// <summary>SIGSTOP: the process stands still with its connections and locks, as on a machine that hangs.</summary>
    public void Freeze() => Assert.Equal(0, Kill(process.Id, SigStop));

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Assert.Equal(0, Kill(process.Id, SigCont));

    /// <summary>Servers end with their standard input; whoever doesn't is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            CloseInput();
            _ = Kill(process.Id, SigCont);
            _ = Kill(process.Id, SigTerm);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private void Take(string? line, List<string> to)
    {
        if (line is null)
            return;
        lock (gate)
        {
            to.Add(line);
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

    // Numbers of x86-64 and arm64 Linux.
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
