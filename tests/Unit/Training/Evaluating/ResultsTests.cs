using System.Xml.Linq;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

public sealed class ResultsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-results-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var path = Path.Combine(folder.FullName, ResultsJson.FileName);
        var result = Result("one", [1, 0, 1, 1]);
        ResultsJson.Write(path, result);

        var read = ResultsJson.Read(path);

        Assert.Equal((result.Model, result.Fingerprint, result.IsTrained), (read.Model, read.Fingerprint, read.IsTrained));
        var (set, again) = (Assert.Single(result.Sets), Assert.Single(read.Sets));
        Assert.Equal((set.Name, set.Format, set.Count, set.Seconds, set.Note), (again.Name, again.Format, again.Count, again.Seconds, again.Note));
        foreach (var (written, found) in set.Measures.Zip(again.Measures))
        {
            Assert.Equal((written.Task, written.Score, written.Name, written.Aggregate, written.Random, written.IsHeadline), (found.Task, found.Score, found.Name, found.Aggregate, found.Random, found.IsHeadline));
            Assert.Equal(written.Items, found.Items);
            Assert.Equal(written.Outcomes, found.Outcomes);
            Assert.Equal(written.Groups, found.Groups);
            Assert.Equal(written.IsDifference, found.IsDifference);
            Assert.Equal(written.Interval, found.Interval);
            Assert.Equal(written.TextOnly?.Outcomes, found.TextOnly?.Outcomes);
        }
    }

    [Fact]
    public void What_is_measured_is_written_before_the_next_set_begins()
    {
        var whole = Result("one", [1, 0, 1, 1]);
        var (json, table, plot) = (At(ResultsJson.FileName), At(ResultsTable.FileName), At(ResultsPlot.FileName));

        Assert.Throws<SetFormatException>(() => ResultsFolder.Collect(whole with { Sets = [] }, Sets(), folder.FullName));

        Assert.Equal("s", Assert.Single(ResultsJson.Read(json).Sets).Name);
        Assert.Equal(ResultsTable.Render(whole), File.ReadAllText(table));
        Assert.True(File.Exists(plot));
        Assert.Equal(3, folder.GetFiles().Length);
        Assert.Equal(["s", "s"], ResultsFolder.Collect(whole, whole.Sets, null).Sets.Select(static set => set.Name));

        IEnumerable<SetResult> Sets()
        {
            yield return whole.Sets[0];
            throw new SetFormatException("a later set", "is broken");
        }

        string At(string name) => Path.Combine(folder.FullName, name);
    }

    [Theory]
    [InlineData("{}", "format must be uvlm.evaluation.1")]
    [InlineData("nonsense", "is not valid JSON")]
    public void A_file_that_is_no_result_is_refused(string content, string expected)
    {
        var path = Path.Combine(folder.FullName, "other.json");
        File.WriteAllText(path, content);
        Assert.Contains(expected, Assert.Throws<SetFormatException>(() => ResultsJson.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_shows_each_figure_beside_chance_and_the_text_alone()
    {
        var table = ResultsTable.Render(Result("one", [1, 0, 1, 1]));
        Assert.Contains("| swap \\| it | summary | accuracy | 75.0 | 30.1 to 95.4 | 50.0 | 50.0 (50.0 to 50.0) | 4 |", table, StringComparison.Ordinal);
        Assert.Contains("| refusal | generation | F1 | 80.0 |", table, StringComparison.Ordinal);
        Assert.Contains("1 story left out.", table, StringComparison.Ordinal);
        Assert.Contains("come from a seed", table, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plot_is_an_image_with_a_bar_for_each_headline()
    {
        var svg = XDocument.Parse(ResultsPlot.Render(Result("<one>", [1, 0, 1, 1]))).Root!;
        XNamespace space = "http://www.w3.org/2000/svg";
        var bar = Assert.Single(svg.Descendants(space + "rect"), static r => (string?)r.Attribute("class") == "bar");
        Assert.Equal(0.75 * 420, (double)bar.Attribute("width")!, 1e-9);
        Assert.Single(svg.Descendants(space + "line"), static l => (string?)l.Attribute("class") == "chance");
        Assert.Single(svg.Descendants(space + "circle"));
        Assert.Contains("prefers-color-scheme: dark", svg.Element(space + "style")!.Value, StringComparison.Ordinal);
        Assert.Contains(svg.Descendants(space + "text"), static t => t.Value == "Evaluation of <one>");
    }

    [Fact]
    public void Two_models_are_compared_over_the_items_that_both_have()
    {
        var first = Result("one", [1, 0, 1, 1]);
        var second = Result("two", [1, 0, 0, 0], firstId: 1);

        var comparison = Comparison.Of(first, second);
        var differences = comparison.Differences;

        // Items 1 to 3 are common: 0 1 1 against 1 0 0.
        var accuracy = differences.Single(static d => d.Name == "accuracy");
        Assert.Equal(3, accuracy.Count);
        Assert.Equal(2.0 / 3, accuracy.First, 1e-9);
        Assert.Equal(1.0 / 3, accuracy.Second, 1e-9);
        Assert.Equal(1.0 / 3, accuracy.Difference.Value, 1e-9);
        Assert.Equal((-1, 1), (accuracy.Difference.Low, accuracy.Difference.High));
        Assert.Contains("| s | swap \\| it | summary | accuracy | 3 | 66.7 | 33.3 | +33.3 | -100.0 to +100.0 |", comparison.Render("one", "two"), StringComparison.Ordinal);
        Assert.All(Comparison.Of(first, first).Differences, static d => Assert.Equal(new Interval(0, 0, 0), d.Difference));
        Assert.Empty(Comparison.Of(first, Result("three", [1, 0, 1, 1], firstId: 100)).Differences);
        Assert.Empty(Comparison.Of(first, second with { Sets = [] }).Differences);
    }

    [Fact]
    public void An_id_that_occurs_twice_is_two_items()
    {
        // As in POPE's three files joined into one, each of which counts from 1.
        var first = Only("one", ["1", "2", "1"], [1, 1, 0]);
        var second = Only("two", ["1", "1", "2"], [1, 0, 0]);
        var difference = Assert.Single(Comparison.Of(first, second).Differences);
        Assert.Equal((3, 2.0 / 3, 1.0 / 3), (difference.Count, difference.First, difference.Second));
        Assert.Equal(new Interval(0, 0, 0), Assert.Single(Comparison.Of(first, first).Differences).Difference);
    }

    [Fact]
    public void Sets_of_other_items_or_galleries_are_not_compared()
    {
        var first = Only("one", ["1", "2"], [1, 0]);
        Assert.Contains("told by their ids alone", Assert.Single(Comparison.Of(first, first).Notes), StringComparison.Ordinal);
        first = Of(first, "abc", 60);
        var same = Comparison.Of(first, first);
        Assert.Single(same.Differences);
        Assert.Empty(same.Notes.Concat(same.Refused));

        var other = Comparison.Of(first, Of(first, "def", 60));
        Assert.Empty(other.Differences);
        Assert.Contains("set 's' is not compared: the first was measured on 2 items, the second on 2", Assert.Single(other.Refused), StringComparison.Ordinal);
        var smaller = Comparison.Of(first, Of(first, "abc", 8));
        Assert.Empty(smaller.Differences);
        Assert.Contains("60 items compete in the first and 8 in the second", Assert.Single(smaller.Refused), StringComparison.Ordinal);
        var older = Comparison.Of(Of(first, null, null), first);
        Assert.Single(older.Differences);
        Assert.Contains("an older version wrote the first file", Assert.Single(older.Notes), StringComparison.Ordinal);

        static EvaluationResult Of(EvaluationResult result, string? digest, int? candidates) => result with { Sets = [result.Sets[0] with { Digest = digest, Candidates = candidates }] };
    }

    [Fact]
    public void Texts_of_other_limits_are_not_compared_and_vectors_are()
    {
        var first = Of(48);
        Assert.Equal(2, Comparison.Of(first, first).Differences.Count);
        Assert.Empty(Comparison.Of(first, first).Notes);
        var older = Comparison.Of(first, Of(null));
        Assert.Equal(2, older.Differences.Count);
        Assert.Contains("the second file, which does not say how many tokens a generated text could have; the other had up to 48", Assert.Single(older.Notes), StringComparison.Ordinal);

        var longer = Comparison.Of(first, Of(192));

        Assert.Equal("summary", Assert.Single(longer.Differences).Score);
        Assert.Contains("up to 48 tokens in the first and 192 in the second", Assert.Single(longer.Refused), StringComparison.Ordinal);

        static EvaluationResult Of(int? limit) => new("one", "uvlm-1-abc", true,
        [
            new SetResult(
                "s", "karpathy", 2, 1, null, [.. new[] { "summary", "generation" }.Select(static score => new MeasureResult("t", score, "m", Aggregate.Mean, ["1", "2"], [1, 0], null))])
            {
                Digest = "abc",
                TokenLimit = limit,
            },
        ]);
    }

    [Fact]
    public void What_has_no_bounds_is_written_as_null_and_read_again()
    {
        var path = Path.Combine(folder.FullName, ResultsJson.FileName);
        var result = Only("one", ["1"], [0.25]);
        result = result with { Sets = [result.Sets[0] with { Digest = "abc", Candidates = 5, TokenLimit = 48, LeftOut = ["b: is damaged"] }] };
        ResultsJson.Write(path, result);
        Assert.Contains("\"value\":0.25,\"low\":null,\"high\":null", File.ReadAllText(path), StringComparison.Ordinal);
        var read = Assert.Single(ResultsJson.Read(path).Sets);
        Assert.Equal(("abc", 5, 48), (read.Digest, read.Candidates, read.TokenLimit));
        Assert.Equal(["b: is damaged"], read.LeftOut);
        Assert.Equal(Interval.NotEstimable(0.25), read.Measures[0].Interval);
        Assert.Contains("| 25.0 | not estimable |", ResultsTable.Render(result), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", ResultsPlot.Render(result), StringComparison.Ordinal);
        Assert.Contains("| 0.0 | not estimable |", Comparison.Of(result, result).Render("a", "b"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"seconds\":1.5,", "", "sets[0]: seconds is missing")]
    [InlineData("\"outcomes\":[1,", "\"outcomes\":[\"1\",", "outcomes holds something else than numbers")]
    [InlineData("\"outcomes\":[3,", "\"outcomes\":[7,", "outcomes holds something else than 0 to 3")]
    [InlineData("[\"item 0\",", "[0,", "sets[0]: items[0] holds something else than strings")]
    [InlineData("[\"item 0\",", "[\"\\ud800\",", "sets[0]: items[0] is no valid Unicode")]
    [InlineData("\"random\":0.5", "\"random\":\"half\"", "measures[0]: random is a string; it must be a number")]
    public void A_broken_result_is_named_by_its_field(string text, string replacement, string expected)
    {
        var path = Path.Combine(folder.FullName, ResultsJson.FileName);
        ResultsJson.Write(path, Result("one", [1, 0, 1, 1]));
        var content = File.ReadAllText(path);
        Assert.Contains(text, content, StringComparison.Ordinal);
        File.WriteAllText(path, content.Replace(text, replacement, StringComparison.Ordinal));
        Assert.Contains(expected, Assert.Throws<SetFormatException>(() => ResultsJson.Read(path)).Message, StringComparison.Ordinal);
    }

    private static EvaluationResult Only(string name, string[] ids, double[] outcomes) => new(name, "uvlm-1-abc", true,
        [new SetResult("s", "pope", ids.Length, 1, null, [new MeasureResult("t", "generation", "accuracy", Aggregate.Mean, ids, outcomes, 0.5) { IsHeadline = true }])]);

    private static EvaluationResult Result(string name, double[] outcomes, int firstId = 0)
    {
        string[] ids = [.. Enumerable.Range(firstId, outcomes.Length).Select(static i => $"item {i}")];
        string[] pairs = [.. Enumerable.Range(0, outcomes.Length).Select(static i => $"pair {i / 2}")];
        return new EvaluationResult(name, "uvlm-1-abc", false,
        [
            new SetResult("s", "sugarcrepe", outcomes.Length, 1.5, "1 story left out",
            [
                new MeasureResult("swap | it", "summary", "accuracy", Aggregate.Mean, ids, outcomes, 0.5)
                {
                    TextOnly = new MeasureResult("alone", "likelihood", "accuracy", Aggregate.Mean, ids, [1, 0, 0, 1], 0.5) { Groups = pairs },
                    IsHeadline = true,
                },
                new MeasureResult("with minus without", "generation", "exact match", Aggregate.Mean, ids, outcomes, 0) { IsDifference = true },
                new MeasureResult("refusal", "generation", "F1", Aggregate.F1, ids, [Decision.TruePositive, Decision.TruePositive, Decision.FalsePositive, Decision.TrueNegative], null),
            ]),
        ]);
    }
}
