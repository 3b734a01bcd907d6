using System.Diagnostics;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>A script of the tests, run by Node.js.</summary>
internal static class NodeScript
{
    /// <param name="script">Its path below the tests' folder.</param>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        try
        {
            var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
            await node.WaitForExitAsync().WaitAsync(Waiting.Limit);
            Assert.True(node.ExitCode == 0, await errors);
            return await output;
        }
        finally
        {
            if (!node.HasExited)
                node.Kill(entireProcessTree: true);
        }
    }
}
