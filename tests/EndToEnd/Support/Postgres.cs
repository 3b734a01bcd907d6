using System.Diagnostics;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>PostgreSQL's own programs, as an operator runs them.</summary>
internal static class Postgres
{
    public static async Task RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(PathOf(program), arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }

    /// <summary>Beside the server, where Debian keeps it; elsewhere in the PATH.</summary>
    private static string PathOf(string program)
        => Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderDescending().Select(folder => Path.Combine(folder, "bin", program)).FirstOrDefault(File.Exists, program)
            : program;
}
