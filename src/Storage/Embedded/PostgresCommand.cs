using System.ComponentModel;
using System.Diagnostics;

namespace UnifiedVlm.Storage.Embedded;

/// <summary>Runs PostgreSQL's programs as the cluster's owner: this user, or through <c>runuser</c> when this program is root.</summary>
internal sealed class PostgresCommand(string owner, bool asRoot)
{
    public string Owner { get; } = owner;

    public async Task<(int ExitCode, string Output)> RunAsync(
        IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo
        {
            FileName = asRoot ? "runuser" : command[0],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // The current folder may be one that the owner can't enter.
            WorkingDirectory = "/",
        };
        if (asRoot)
        {
            foreach (var word in (string[])["-u", Owner, "--", command[0]])
                start.ArgumentList.Add(word);
        }
        foreach (var word in command.Skip(1))
            start.ArgumentList.Add(word);
        // Settings of the surrounding shell (PGDATA, PGOPTIONS, ...) are about other servers.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C.UTF-8";

        using var process = Start(start);
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, (await output.ConfigureAwait(false) + await errors.ConfigureAwait(false)).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new EmbeddedPostgresException($"{Path.GetFileName(command[0])} has not ended within {timeout.TotalSeconds:0} s.", "See the log in the data folder.");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new EmbeddedPostgresException($"{start.FileName} can't be run: {e.Message}.", "Run deploy/install.sh.", e);
        }
    }
}
