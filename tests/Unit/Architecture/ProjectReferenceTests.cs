using System.Xml.Linq;

namespace UnifiedVlm.Tests.Unit.Architecture;

public class ProjectReferenceTests
{
    private static readonly ReferenceRules Rules = ReferenceRules.Parse(Repository.Read("docs/architecture.md"));

    private static readonly IReadOnlyList<string> Projects = Repository.Files("src", ".csproj");

    [Fact]
    public void Every_reference_between_projects_is_a_row_of_the_architecture_table()
    {
        var forbidden = Projects
            .SelectMany(project => References(Repository.Read(project)).Select(reference => (From: NameOf(project), To: NameOf(reference))))
            .Where(edge => !Rules.Allows(edge.From, edge.To))
            .Select(edge => $"src/{edge.From} references src/{edge.To}, which its row in docs/architecture.md does not allow");

        Repository.AssertNone(forbidden);
    }

    [Fact]
    public void Every_project_has_a_row_and_every_row_a_project() =>
        Assert.Equal(Projects.Select(NameOf).Order(), Rules.Projects.Order());

    [Fact]
    public void The_table_has_no_cycle() => Assert.Null(Rules.FindCycle());

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("UnifiedVlm.sln").Replace('\\', '/');

        Assert.DoesNotContain(Projects.Concat(Repository.Files("tests", ".csproj")), project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reference_against_the_table_is_found()
    {
        var rules = ReferenceRules.Parse("| project | may reference | what |\n|---|---|---|\n| A | - | low |\n| B | A | high |\n| C | all | top |\n");

        Assert.True(rules.Allows("B", "A"));
        Assert.True(rules.Allows("C", "B"));
        Assert.False(rules.Allows("A", "B"));
        Assert.False(rules.Allows("D", "A"));
        Assert.Equal(["../Torch/UnifiedVlm.Torch.csproj"], References("<Project><ItemGroup><ProjectReference Include=\"..\\Torch\\UnifiedVlm.Torch.csproj\" /></ItemGroup></Project>"));
    }

    [Fact]
    public void A_cycle_in_the_table_is_found() =>
        Assert.NotNull(ReferenceRules.Parse("| p | r | w |\n|---|---|---|\n| A | B | - |\n| B | C | - |\n| C | A | - |\n").FindCycle());

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project).Replace("UnifiedVlm.", "", StringComparison.Ordinal);

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(project).Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'));
}
