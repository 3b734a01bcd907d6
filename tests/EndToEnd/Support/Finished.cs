namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>A run of the program that has ended by itself.</summary>
internal sealed record Finished(int ExitCode, string Output, string Errors)
{
    /// <summary>Standard error is one line for a human and nothing else.</summary>
    public void AssertFailedWithOneLine(int exitCode, params string[] fragments)
    {
        Assert.True(exitCode == ExitCode, $"exit code {ExitCode}, not {exitCode}:\n{Errors}\n{Output}");
        var line = Assert.Single(Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("uvlm: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
        Assert.All(fragments, fragment => Assert.Contains(fragment, line, StringComparison.Ordinal));
    }

    public void AssertSucceeded() => Assert.True(ExitCode == 0, $"exit code {ExitCode}:\n{Errors}\n{Output}");
}
