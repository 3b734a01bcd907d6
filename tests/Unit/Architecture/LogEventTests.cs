using System.Text.RegularExpressions;

namespace UnifiedVlm.Tests.Unit.Architecture;

public partial class LogEventTests
{
    [Fact]
    public void A_log_event_has_an_id_of_its_own()
    {
        var events = Repository.Files("src", ".cs").SelectMany(file => Id().Matches(Repository.Read(file)).Select(match => (Id: match.Groups[1].Value, File: file))).ToList();

        Assert.True(events.Count > 100);
        Repository.AssertNone(events.GroupBy(static e => e.Id).Where(static same => same.Count() > 1)
            .Select(static same => $"{same.Key}: {string.Join(", ", same.Select(static e => e.File))}"));
    }

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex Id();
}
