using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli.Indexes;
using UnifiedVlm.Server.Cli.Retrieval;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Indexing;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Cli.Indexes;

public sealed class IndexFiguresTests
{
    [Theory]
    [InlineData("", "", 1)]
    [InlineData("a b c d", "d c b a", 1)]
    [InlineData("a b c d", "a b", 0.5)]
    [InlineData("a b", "c d", 0)]
    public void Overlap_is_the_share_in_common_of_the_longer_list(string left, string right, double expected)
        => Assert.Equal(expected, ComparisonTable.Overlap(Words(left), Words(right)));

    [Fact]
    public void A_comparison_has_both_indexes_by_every_way_and_what_they_have_in_common()
    {
        JudgedQuestion[] questions = [Question("1", new() { ["a"] = 1 }), Question("2", [])];
        var old = Asked(1, "old", ["a b", "c"]);
        var other = Asked(2, "new", ["b a", "c"]);

        var lines = ComparisonTable.Render(questions, old, other, 2, sampled: false).Split('\n');

        Assert.StartsWith("2 questions, 1 of them judged;", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("| all lists | 1 | old | 1.000 [not estimable] | 1.000 [not estimable] | 1.000 [not estimable] | 3.0 | 3.0 |", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("| all lists | 2 | new | 0.631 [", lines[5], StringComparison.Ordinal);
        Assert.Contains("| 0.500 [not estimable] |", lines[5], StringComparison.Ordinal);
        Assert.Contains(lines, static line => line.StartsWith("| vectors alone | 1.000 [1.000, 1.000] | 0.500 [", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_judged_question_quality_is_left_out()
    {
        var table = ComparisonTable.Render([Question("1", [])], Asked(1, "old", ["a"]), Asked(2, "new", ["b"]), 2, sampled: false);
        Assert.Contains("| all lists | 1 | old | - | - | - |", table, StringComparison.Ordinal);
        Assert.Contains("| all lists | 0.000 [not estimable] | 0.000 [not estimable] |", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 100, 10, "0 of 100 documents, 0.0 a second")]
    [InlineData(40, 20, 100, 10, "60 of 100 documents, 2.0 a second, 20 s left")]
    [InlineData(0, 10, 1210, 10, "10 of 1210 documents, 1.0 a second, 20 min left")]
    [InlineData(0, 10, 7210, 10, "10 of 7210 documents, 1.0 a second, 2.0 h left")]
    [InlineData(0, 10, 5, 10, "10 of 5 documents, 1.0 a second, 0 s left")]
    public void Progress_counts_what_an_earlier_run_has_done_but_not_into_the_speed(long before, long written, long of, int seconds, string expected)
        => Assert.Equal(expected, FillReport.Text(before, written, of, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public async Task A_pace_holds_over_the_whole_and_makes_up_for_no_more_than_a_second()
    {
        var time = new ManualTimeProvider();
        var pace = new Pace(10, time);
        var waiting = pace.WaitAsync(20, CancellationToken.None);
        Assert.Equal([TimeSpan.FromSeconds(2)], time.Pending);
        time.Advance(TimeSpan.FromSeconds(2));
        await waiting;

        // Late by less than a second: made up for.
        time.Advance(TimeSpan.FromSeconds(0.5));
        waiting = pace.WaitAsync(10, CancellationToken.None);
        Assert.Equal([TimeSpan.FromSeconds(0.5)], time.Pending);
        time.Advance(TimeSpan.FromSeconds(0.5));
        await waiting;

        // After a pause a second's worth goes at once, and no more.
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(pace.WaitAsync(10, CancellationToken.None).IsCompletedSuccessfully);
        Assert.False(pace.WaitAsync(10, CancellationToken.None).IsCompleted);
        Assert.True(new Pace(0, time).WaitAsync(1000, CancellationToken.None).IsCompletedSuccessfully);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static JudgedQuestion Question(string id, Dictionary<string, double> relevant) => new(
        id, new Question(new InterleavedDocument { Id = "question", Parts = [new TextPart("x")] }, "default", null, null, null, null), relevant);

    private static AskedIndex Asked(int generation, string model, string[] found)
    {
        AskedQuestion[] asked = [.. found.Select(static ids => new AskedQuestion(Words(ids), 3))];
        return new AskedIndex(new IndexGeneration(generation, model, 8, GenerationState.Live), [.. AskedIndex.Searches.Select(_ => asked)]);
    }
}
