using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class EffortControllerTests
{
    private static readonly QueryOptions Options = new() { Candidates = 200, EfSearch = 100 };

    private readonly EffortController controller = new(Options);

    [Fact]
    public void Without_a_budget_nothing_changes_whatever_was_measured()
    {
        Settle(null, fixedMilliseconds: 500, growing: 5, overhead: 0);
        Assert.Equal(new SearchEffort(200, 100, null), controller.Choose(Request(null)));
    }

    [Theory]
    [InlineData(100, 20, 0.5, 0, 130, 65)] // (85 - 20) / 0.5
    [InlineData(100, 20, 0.5, 30, 70, 35)] // what does not grow is found out
    [InlineData(100, 90, 0.5, 0, 20, 20)] // nothing is left: the least
    [InlineData(1000, 20, 0.5, 0, 1000, 500)] // the most
    [InlineData(60, 1, 0.1, 0, 500, 250)]
    public void The_choice_settles_where_the_time_is_the_budgets(int budget, double fixedMilliseconds, double growing, double overhead, int candidates, int efSearch)
    {
        Settle(budget, fixedMilliseconds, growing, overhead);
        var effort = controller.Choose(Request(budget));
        Assert.InRange(effort.Candidates, candidates - 2, candidates + 2);
        Assert.InRange(effort.EfSearch, efSearch - 2, efSearch + 2);
        Assert.Equal(TimeSpan.FromMilliseconds(budget), effort.Budget);
    }

    [Fact]
    public void One_slow_search_changes_little_and_lasting_slowness_much()
    {
        Settle(100, 20, 0.5, 0);
        var before = controller.Choose(Request(100)).Candidates;
        controller.Measured(new SearchEffort(before, 65, null), Timings(20, 4000));
        Assert.InRange(controller.Choose(Request(100)).Candidates, before / 2, before);
        Settle(100, 20, 2, 0);
        Assert.InRange(controller.Choose(Request(100)).Candidates, 31, 34);
    }

    [Fact]
    public void What_the_request_gives_counts_as_it_is()
    {
        Settle(100, 20, 0.5, 0);
        Assert.Equal(new SearchEffort(700, 30, null), controller.Choose(Request(100) with { Candidates = 700, EfSearch = 30 }));
        Assert.Equal(700, controller.Choose(Request(100) with { Candidates = 700 }).Candidates);
        Assert.Equal(30, controller.Choose(Request(100) with { EfSearch = 30 }).EfSearch);
        Assert.Equal(50, controller.Choose(Request(null) with { Candidates = 5, K = 50 }).Candidates);
    }

    [Fact]
    public void The_nodes_budget_stands_in_for_the_requests()
    {
        var node = new EffortController(Options with { SearchBudget = TimeSpan.FromMilliseconds(100) });
        Settle(node, null, 20, 0.5, 0);
        Assert.InRange(node.Choose(Request(null)).Candidates, 128, 132);
        Assert.Equal(TimeSpan.FromMilliseconds(100), node.Choose(Request(null)).Budget);
        Assert.Equal(TimeSpan.FromMilliseconds(40), node.Choose(Request(40)).Budget);
    }

    private void Settle(int? budget, double fixedMilliseconds, double growing, double overhead) => Settle(controller, budget, fixedMilliseconds, growing, overhead);

    private static void Settle(EffortController controller, int? budget, double fixedMilliseconds, double growing, double overhead)
    {
        for (var i = 0; i < 100; i++)
        {
            var effort = controller.Choose(Request(budget));
            controller.Measured(effort, Timings(fixedMilliseconds, overhead + growing * effort.Candidates));
        }
    }

    private static SearchTimings Timings(double fixedMilliseconds, double growing)
        => new(TimeSpan.Zero, TimeSpan.FromMilliseconds(fixedMilliseconds), TimeSpan.FromMilliseconds(growing / 2), TimeSpan.FromMilliseconds(growing / 2), TimeSpan.Zero);

    private static SearchRequest Request(int? budget)
        => new("a", FakeBackend.Document("q", "apple")) { Budget = budget is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null };
}
