using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What docs/http.md says of an answer's events, beside what is sent.</summary>
public sealed class AnswerEventDocTests
{
    private static readonly string Page = Repository.Read("docs/http.md");
    private static readonly string Section = Page.Split("\n### An answer's events\n")[1].Split("\n## ")[0];

    private static readonly Dictionary<string, JsonTypeInfo> Events = new()
    {
        ["evidence"] = ApiJson.Default.SearchAnswer,
        ["token"] = ApiJson.Default.AnswerToken,
        ["citation"] = ApiJson.Default.AnswerCitation,
        ["done"] = ApiJson.Default.AnswerDone,
        ["error"] = ApiJson.Default.AnswerError,
    };

    // Of the modes that only a search has.
    private static readonly string[] OfSearchesAlone = ["parts", "candidates"];

    [Fact]
    public void Every_field_of_every_event_is_described()
    {
        var rows = MarkdownTable.Rows(Section).ToDictionary(static row => row[0].Trim('`'), static row => row[1]);
        Assert.Equal(Events.Keys, rows.Keys);
        Assert.All(Events, entry => Assert.All(Fields(entry.Value), field => Assert.Contains($"`{field}`", rows[entry.Key], StringComparison.Ordinal)));
        Assert.All(
            Enum.GetNames<AnswerEnd>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName),
            reason => Assert.Contains($"`{reason}`", rows["done"], StringComparison.Ordinal));
    }

    [Fact]
    public void The_stream_that_is_shown_is_one_that_could_be_sent()
    {
        var text = new StringBuilder();
        var shown = new List<string>();
        foreach (var item in Section.Split("    event: ").Skip(1))
        {
            var lines = item.Split('\n');
            var (name, json) = (lines[0], lines[1].Trim()["data: ".Length..]);
            using var data = JsonDocument.Parse(json);
            Assert.Equal(Fields(Events[name]).Order(), data.RootElement.EnumerateObject().Select(static field => field.Name).Order());
            Assert.NotNull(JsonSerializer.Deserialize(json, Events[name]));
            shown.Add(name);
            if (name == "token")
                text.Append(data.RootElement.GetProperty("text").GetString());
            else if (name == "citation")
                Assert.Equal(data.RootElement.GetProperty("position").GetInt32(), text.ToString().LastIndexOf('['));
            else if (name == "done")
                Assert.Equal(text.ToString(), data.RootElement.GetProperty("text").GetString());
        }

        Assert.Equal(["evidence", "token", "token", "citation", "done"], shown);
    }

    [Fact]
    public void What_is_taken_where_nothing_is_given_is_said()
    {
        Assert.Contains($"hits, 1 to 100, {HttpApi.DefaultHits} unless given", Page, StringComparison.Ordinal);
        Assert.Contains($"1 to 16, {HttpApi.DefaultEvidence} unless given", Page, StringComparison.Ordinal);
        Assert.Contains($"1 to 1024, {new SamplingOptions().MaxTokens} unless given", Page, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Fields(JsonTypeInfo type) => type.Properties.Select(static property => property.Name).Except(OfSearchesAlone);
}
