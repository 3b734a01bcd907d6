using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Checking;

public sealed class IndependenceTests
{
    [Fact]
    public void The_checker_uses_nothing_of_the_product()
    {
        var files = Directory.GetFiles(Path.Combine(Uvlm.RepositoryRoot, "tests", "Chaos", "Checking"), "*.cs");
        var used = files.Where(static file => !file.EndsWith("Tests.cs", StringComparison.Ordinal)).SelectMany(File.ReadLines)
            .Where(static line => line.StartsWith("using ", StringComparison.Ordinal)).Distinct().Order();

        Assert.Equal(["using Npgsql;", "using System.Globalization;", "using System.Text;"], used);
    }
}
