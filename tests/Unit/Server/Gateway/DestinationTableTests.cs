using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>Who is sent what.</summary>
public sealed class DestinationTableTests
{
    private static readonly RoutedRequest Question = new(RequestKind.Question, 100, MayRepeat: true, IsOwn: false, IsOpenAi: false);
    private static readonly RoutedRequest Answer = Question with { Kind = RequestKind.Generation };
    private static readonly RoutedRequest Push = new(RequestKind.Other, 0, MayRepeat: false, IsOwn: false, IsOpenAi: false);

    private readonly ManualTimeProvider time = new();
    private readonly GatewayOptions options = new();
    private readonly DestinationTable table;

    public DestinationTableTests() => table = new DestinationTable("gateway", Members.Lifetime, options, time, new Random(1));

    [Fact]
    public void Of_two_the_one_with_more_room_is_taken_until_what_was_sent_there_makes_them_equal()
    {
        table.Update([Members.Of("a", tokens: 1000), Members.Of("b", tokens: 500)]);
        Assert.Equal(["a", "a", "a", "a", "a"], Enumerable.Range(0, 5).Select(_ => Chosen(Question)));
        Assert.Equal(2, Enumerable.Range(0, 2).Select(_ => Chosen(Question)).Distinct().Count());
    }

    [Fact]
    public void What_has_come_to_its_end_takes_no_room()
    {
        table.Update([Members.Of("a", generations: 2), Members.Of("b", generations: 1)]);
        for (var i = 0; i < 5; i++)
        {
            using var passage = table.Choose(Answer, []).Passage!;
            Assert.Equal("a", passage.Destination.Name);
        }
    }

    [Fact]
    public void A_report_counts_what_was_sent_before_it_and_nothing_that_was_sent_after()
    {
        table.Update([Members.Of("a", generations: 2)]);
        Assert.NotNull(table.Choose(Answer, []).Passage);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(table.Choose(Answer, []).Passage);
        Assert.Equal(new Choice(null, IsFull: true), table.Choose(Answer, []));

        // Of a second ago: one of the two was under way by then, so that only the other has to be taken off.
        table.Update([Members.Of("a", generations: 2, age: 1)]);
        Assert.NotNull(table.Choose(Answer, []).Passage);
        Assert.True(table.Choose(Answer, []).IsFull);
    }

    [Fact]
    public void With_nobody_left_who_has_room_the_cluster_is_full_for_questions_and_takes_pushes()
    {
        table.Update([Members.Of("a", tokens: 0, generations: 3), Members.Of("b", tokens: 0, generations: 0)]);
        Assert.True(table.Choose(Question, []).IsFull);
        Assert.True(table.Choose(Answer, []).IsFull);
        Assert.NotNull(table.Choose(Push, []).Passage);
    }

    [Fact]
    public void Nodes_without_a_device_are_not_full_but_lack_one_unless_another_has_one_that_is_busy()
    {
        table.Update([Members.Of("a", tokens: 0, generations: 0, hasDevice: false)]);
        Assert.Equal(new Choice(null, LacksDevices: true), table.Choose(Question, []));
        Assert.Equal(new Choice(null, LacksDevices: true), table.Choose(Answer, []));
        Assert.NotNull(table.Choose(Push, []).Passage);
        table.Update([Members.Of("a", tokens: 0, generations: 0, hasDevice: false), Members.Of("b", tokens: 0, generations: 0)]);
        Assert.Equal(new Choice(null, IsFull: true), table.Choose(Question, []));
    }

    [Fact]
    public void Room_elsewhere_is_that_of_another_node_that_answers()
    {
        table.Update([Members.Of("a"), Members.Of("b", tokens: 0)]);
        using var first = table.Choose(Question, []).Passage!;
        Assert.False(table.HasRoom(RequestKind.Question, [first.Destination]));
        table.Update([Members.Of("a"), Members.Of("b")]);
        Assert.True(table.HasRoom(RequestKind.Question, [first.Destination]));
        using var second = table.Choose(Question, [first.Destination]).Passage!;
        table.SetAside(second.Destination);
        Assert.False(table.HasRoom(RequestKind.Question, [first.Destination]));
    }

    [Fact]
    public void Roles_and_states_decide_who_serves_what()
    {
        table.Update(
        [
            Members.Of("gateway", roles: NodeRoles.Gateway), Members.Of("reader", roles: NodeRoles.Ingest), Members.Of("starting", state: MemberState.Starting),
            Members.Of("draining", state: MemberState.Draining),
        ]);
        Assert.Equal(default, table.Choose(Question, []));
        Assert.Equal("reader", Chosen(Push));
        table.Update([Members.Of("reader", roles: NodeRoles.Ingest, requests: 0), Members.Of("asked", roles: NodeRoles.Query, requests: 9)]);
        Assert.Equal("asked", Chosen(Question));
        Assert.Equal("reader", Chosen(Push));
    }

    [Fact]
    public void Who_did_not_answer_is_left_alone_for_a_while_unless_there_is_no_other()
    {
        table.Update([Members.Of("a", tokens: 1000), Members.Of("b", tokens: 10)]);
        using var first = table.Choose(Question, []).Passage!;
        table.SetAside(first.Destination);
        Assert.Equal("b", Chosen(Question));
        table.Update([Members.Of("a", tokens: 1000)]);
        Assert.False(table.IsUsable);
        Assert.Equal("a", Chosen(Question));

        table.Update([Members.Of("a", tokens: 10000), Members.Of("b", tokens: 10)]);
        Assert.Equal("b", Chosen(Question));
        time.Advance(options.Aside);
        Assert.Equal("a", Chosen(Question));
    }

    [Fact]
    public void A_process_that_comes_back_is_not_blamed_for_the_one_before_it()
    {
        table.Update([Members.Of("a"), Members.Of("b", tokens: 10)]);
        table.SetAside(table.Choose(Question, []).Passage!.Destination);
        table.Update([Members.Of("a", epoch: 2), Members.Of("b", tokens: 10)]);
        Assert.Equal("a", Chosen(Question));
    }

    [Fact]
    public void Who_vanishes_beside_others_is_given_up_and_who_vanishes_with_all_others_is_tried_for_a_while()
    {
        table.Update([Members.Of("a"), Members.Of("b", tokens: 10)]);
        using var waiting = table.Choose(Question, []).Passage!;
        table.Update([]);
        Assert.False(waiting.Destination.Gone.IsCancellationRequested);
        Assert.Equal("a", Chosen(Question));

        table.Update([Members.Of("b", tokens: 10)]);
        Assert.True(waiting.Destination.Gone.IsCancellationRequested);
        Assert.Equal("b", Chosen(Question));

        // It only stood still, and is waited for again.
        table.Update([Members.Of("a"), Members.Of("b", tokens: 10)]);
        using var again = table.Choose(Question, []).Passage!;
        Assert.Equal(("a", false), (again.Destination.Name, again.Destination.Gone.IsCancellationRequested));

        time.Advance(options.LastResort + TimeSpan.FromSeconds(1));
        table.Update([]);
        time.Advance(options.LastResort + TimeSpan.FromSeconds(1));
        table.Update([]);
        Assert.Equal(default, table.Choose(Question, []));
    }

    [Fact]
    public void Who_vanishes_with_all_others_is_given_up_when_it_is_not_tried_any_more()
    {
        table.Update([Members.Of("a")]);
        using var waiting = table.Choose(Question, []).Passage!;
        table.Update([]);
        Assert.False(waiting.Destination.Gone.IsCancellationRequested);
        time.Advance(options.LastResort + TimeSpan.FromSeconds(1));
        table.Update([]);
        Assert.True(waiting.Destination.Gone.IsCancellationRequested);
    }

    [Fact]
    public void Who_answers_questions_is_given_up_only_where_another_answers_them()
    {
        table.Update([Members.Of("asked"), Members.Of("reader", roles: NodeRoles.Ingest)]);
        using var waiting = table.Choose(Question, []).Passage!;
        table.Update([Members.Of("reader", roles: NodeRoles.Ingest)]);
        Assert.False(waiting.Destination.Gone.IsCancellationRequested);
        Assert.Equal("asked", Chosen(Question));
        table.Update([Members.Of("reader", roles: NodeRoles.Ingest), Members.Of("other", roles: NodeRoles.Query)]);
        Assert.True(waiting.Destination.Gone.IsCancellationRequested);
        Assert.Equal("other", Chosen(Question));
    }

    [Fact]
    public void Whose_name_another_process_has_taken_is_given_up_at_once_and_not_tried_when_there_is_no_other()
    {
        table.Update([Members.Of("a")]);
        using var waiting = table.Choose(Question, []).Passage!;
        table.Update([Members.Of("a", epoch: 2, state: MemberState.Starting)]);
        Assert.True(waiting.Destination.Gone.IsCancellationRequested);
        Assert.Equal(default, table.Choose(Question, []));

        table.Update([Members.Of("a", epoch: 2)]);
        using var young = table.Choose(Question, []).Passage!;
        Assert.Equal(2, young.Destination.Epoch);
        table.SetAside(young.Destination);
        Assert.Equal(default, table.Choose(Question, [young.Destination]));
    }

    [Fact]
    public void Healthy_are_those_that_beat_and_have_not_failed_just_now()
    {
        Assert.False(table.HasHealthy(RequestKind.Question, []));
        table.Update([Members.Of("a", tokens: 1000), Members.Of("reader", roles: NodeRoles.Ingest)]);
        using var passage = table.Choose(Question, []).Passage!;
        Assert.True(table.HasHealthy(RequestKind.Question, []));
        Assert.False(table.HasHealthy(RequestKind.Question, [passage.Destination]));
        Assert.True(table.HasHealthy(RequestKind.Other, [passage.Destination]));

        table.SetAside(passage.Destination);
        Assert.False(table.HasHealthy(RequestKind.Question, []));
        time.Advance(options.Aside);
        Assert.True(table.HasHealthy(RequestKind.Question, []));
        table.Update([]);
        Assert.False(table.HasHealthy(RequestKind.Question, []));
    }

    [Fact]
    public void A_gateway_alone_serves_nothing_itself()
    {
        table.Update([Members.Of("gateway", roles: NodeRoles.Gateway), Members.Of("another", roles: NodeRoles.Gateway)]);
        Assert.False(table.IsUsable);
        Assert.Equal(default, table.Choose(Push, []));
        table.Update([Members.Of("gateway", roles: NodeRoles.Gateway | NodeRoles.Query)]);
        Assert.True(table.Choose(Question, []).Passage!.Destination.IsSelf);
    }

    [Fact]
    public void Who_leaves_in_order_is_not_tried_again()
    {
        table.Update([Members.Of("a")]);
        table.Update([Members.Of("a", state: MemberState.Draining)]);
        table.Update([]);
        Assert.Equal(default, table.Choose(Push, []));
    }

    [Fact]
    public void What_failed_somewhere_is_tried_elsewhere()
    {
        table.Update([Members.Of("a", tokens: 1000), Members.Of("b", tokens: 10)]);
        using var first = table.Choose(Question, []).Passage!;
        Assert.True(table.HasOther(RequestKind.Question, [first.Destination]));
        using var second = table.Choose(Question, [first.Destination]).Passage!;
        Assert.Equal(("a", "b"), (first.Destination.Name, second.Destination.Name));
        table.Update([Members.Of("a")]);
        Assert.True(table.HasOther(RequestKind.Question, [second.Destination]));
    }

    private string? Chosen(RoutedRequest request) => table.Choose(request, []).Passage?.Destination.Name;
}
