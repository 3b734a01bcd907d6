using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace UnifiedVlm.Tests.Unit.Architecture;

/// <summary>docs/dependencies.md names everything the project takes from others, in the version that is used.</summary>
public partial class DependencyListTests
{
    // First cell: the name in backquotes; second cell: the version.
    private static readonly Dictionary<string, string> Listed = MarkdownTable.Rows(Repository.Read("docs/dependencies.md"))
        .Where(row => row.Length >= 5)
        .SelectMany(row => Quoted().Matches(row[0]).Select(name => (Name: name.Groups[1].Value, Version: row[1])))
        .ToDictionary(entry => entry.Name, entry => entry.Version);

    [Fact]
    public void Every_NuGet_package_is_listed_in_its_version()
    {
        var central = XDocument.Parse(Repository.Read("Directory.Packages.props"));
        var packages = central.Descendants("PackageVersion")
            .Select(package => (Name: package.Attribute("Include")!.Value, Version: package.Attribute("Version")!.Value))
            .Concat(Downloads(central))
            .ToList();

        Assert.NotEmpty(packages);
        Repository.AssertNone(packages
            .Where(package => Listed.GetValueOrDefault(package.Name) != package.Version)
            .Select(package => $"{package.Name} {package.Version} is used; docs/dependencies.md says {Listed.GetValueOrDefault(package.Name) ?? "nothing"}"));
    }

    [Fact]
    public void No_NuGet_package_is_listed_that_is_not_used()
    {
        var central = Repository.Read("Directory.Packages.props");
        var projects = string.Concat(Repository.Files("src", ".csproj").Concat(Repository.Files("tests", ".csproj", ".props")).Select(Repository.Read));

        var section = Repository.Read("docs/dependencies.md").Split("\n## ").Single(part => part.StartsWith("NuGet", StringComparison.Ordinal));
        var unused = MarkdownTable.Rows(section)
            .SelectMany(row => Quoted().Matches(row[0]).Select(name => name.Groups[1].Value))
            .Where(name => !(central + projects).Contains($"\"{name}\"", StringComparison.Ordinal));

        Repository.AssertNone(unused.Select(name => $"{name} is listed in docs/dependencies.md and not used"));
    }

    [Fact]
    public void Every_Debian_package_that_is_installed_is_listed()
    {
        var script = Repository.Read("deploy/lib/packages.sh");
        var array = DebianPackages().Match(script).Groups[1].Value;
        var packages = array.Split('\n').SelectMany(line => line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();

        Assert.Contains("libtorch-dev", packages);
        Repository.AssertNone(packages.Where(package => !Listed.ContainsKey(package)).Select(package => $"{package} is not listed in docs/dependencies.md"));
    }

    [Fact]
    public void Every_npm_package_that_is_fetched_is_listed_in_its_version()
    {
        var fetched = Repository.Files("deploy", ".sh").SelectMany(script => NpmPackages().Matches(Repository.Read(script)));

        Assert.NotEmpty(fetched);
        Repository.AssertNone(fetched
            .Where(match => Listed.GetValueOrDefault(match.Groups[1].Value) != match.Groups[2].Value)
            .Select(match => $"{match.Value} is fetched; docs/dependencies.md says {Listed.GetValueOrDefault(match.Groups[1].Value) ?? "nothing"}"));
    }

    // Packages whose assembly is referenced without restore: <PackageDownload Include="X" Version="[$(XVersion)]" />.
    private static IEnumerable<(string Name, string Version)> Downloads(XDocument central) =>
        Repository.Files("src", ".csproj")
            .SelectMany(project => XDocument.Parse(Repository.Read(project)).Descendants("PackageDownload"))
            .Select(download => (Name: download.Attribute("Include")!.Value, Version: download.Attribute("Version")!.Value.Trim('[', ']', '$', '(', ')')))
            .Select(download => (download.Name, central.Descendants(download.Version).SingleOrDefault()?.Value ?? download.Version));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"DEBIAN_PACKAGES=\(\n(.*?)\n\)", RegexOptions.Singleline)]
    private static partial Regex DebianPackages();

    [GeneratedRegex(@"(@[a-z-]+/[a-z0-9-]+)@([0-9][0-9.]*)")]
    private static partial Regex NpmPackages();
}
