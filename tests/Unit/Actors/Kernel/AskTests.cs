using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Kernel;

public sealed class AskTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly ActorSystem system;

    public AskTests() => system = new ActorSystem("test", time: time);

    private sealed record Question(int Value, ReplyTo<int> ReplyTo);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task The_reply_comes_back_to_its_asker()
    {
        var actor = system.Spawn(LambdaActor.Props<Question>((_, q) => q.ReplyTo.TryReply(q.Value * 2)), "a");
        var replies = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Ask(actor, i)));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => i * 2), replies);
        Assert.Equal(0, actor.Cell.PendingAsks);
        Assert.Empty(time.Pending);
    }

    [Fact]
    public async Task A_failure_reply_is_thrown_at_the_asker_and_is_no_failure_of_the_actor()
    {
        var actor = system.Spawn(LambdaActor.Props<Question>((_, q) => q.ReplyTo.TryFail(new InvalidDataException("no"))), "a");
        await Assert.ThrowsAsync<InvalidDataException>(() => Ask(actor, 1));
        Assert.Equal(0, actor.Cell.Failed);
    }

    [Fact]
    public async Task A_timeout_removes_the_waiter_and_the_late_reply_goes_nowhere()
    {
        var kept = new TestProbe<Question>();
        var actor = system.Spawn(LambdaActor.Props<Question>((_, q) => kept.Tell(q)), "a");
        var ask = Ask(actor, 1);
        var question = await kept.ReceiveAsync();
        Assert.Equal(1, actor.Cell.PendingAsks);
        Assert.False(question.ReplyTo.IsAbandoned);

        time.Advance(TimeSpan.FromSeconds(5));
        var timeout = await Assert.ThrowsAsync<AskTimeoutException>(() => ask);
        Assert.Equal("test/a", timeout.ActorPath);
        Assert.Equal(0, actor.Cell.PendingAsks);
        Assert.True(question.ReplyTo.IsAbandoned);
        Assert.False(question.ReplyTo.TryReply(2));
    }

    [Fact]
    public async Task Cancelling_removes_the_waiter_and_its_timer()
    {
        var kept = new TestProbe<Question>();
        var actor = system.Spawn(LambdaActor.Props<Question>((_, q) => kept.Tell(q)), "a");
        using var cancellation = new CancellationTokenSource();
        var ask = Ask(actor, 1, cancellation.Token);
        var question = await kept.ReceiveAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ask);
        Assert.Equal(0, actor.Cell.PendingAsks);
        Assert.True(question.ReplyTo.IsAbandoned);
        Assert.Empty(time.Pending);
    }

    [Fact]
    public async Task An_ask_that_times_out_while_it_waits_for_room_leaves_no_message()
    {
        var gate = new Gate();
        var seen = new TestProbe<int>();
        var actor = system.Spawn(
            LambdaActor.AsyncProps<Question>(async (_, q, _) =>
            {
                await gate.PassAsync();
                seen.Tell(q.Value);
                q.ReplyTo.TryReply(q.Value);
            }) with
            { Mailbox = new() { Capacity = 1 } },
            "a");
        var first = Ask(actor, 1);
        await gate.Entered;
        var second = Ask(actor, 2);
        time.Advance(TimeSpan.FromSeconds(4));
        var third = Ask(actor, 3);
        time.Advance(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<AskTimeoutException>(() => first);
        await Assert.ThrowsAsync<AskTimeoutException>(() => second);
        time.Advance(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<AskTimeoutException>(() => third);
        gate.Open();
        Assert.Equal(4, await Ask(actor, 4).WaitAsync(TestProbe.Patience));
        await seen.ExpectAsync(1, 2, 4);
    }

    [Fact]
    public async Task Stopping_fails_the_asks_in_hand_and_in_the_mailbox_instead_of_leaving_them()
    {
        var gate = new Gate();
        var actor = system.Spawn(LambdaActor.AsyncProps<Question>(async (_, _, _) => await gate.PassAsync()), "a");
        var inHand = Ask(actor, 1);
        await gate.Entered;
        var waiting = Enumerable.Range(0, 10).Select(i => Ask(actor, i)).ToArray();
        system.Stop(actor);
        gate.Open();
        foreach (var ask in waiting.Append(inHand))
            Assert.Equal("test/a", (await Assert.ThrowsAsync<ActorStoppedException>(() => ask.WaitAsync(TestProbe.Patience))).ActorPath);
        Assert.Equal(10, system.DeadLetters);
        await actor.WhenTerminated.WaitAsync(TestProbe.Patience);
        await Assert.ThrowsAsync<ActorStoppedException>(() => Ask(actor, 1));
        await Assert.ThrowsAsync<ActorStoppedException>(async () => await actor.TellAsync(new Question(1, default)));
        Assert.False(actor.TryTell(new Question(1, default)));
        Assert.Empty(time.Pending);
    }

    [Fact]
    public async Task An_actor_that_died_tells_the_asker_what_of()
    {
        var actor = system.Spawn(
            LambdaActor.Props<Question>((_, _) => throw new InvalidDataException("rotten")) with
            {
                Supervision = new() { Otherwise = Directive.Stop },
            },
            "a");
        var stopped = await Assert.ThrowsAsync<ActorStoppedException>(() => Ask(actor, 1).WaitAsync(TestProbe.Patience));
        Assert.IsType<InvalidDataException>(stopped.InnerException);
    }

    [Fact]
    public async Task An_ask_whose_message_can_not_be_made_or_weighed_is_owed_no_answer()
    {
        var actor = system.Spawn(
            LambdaActor.Props<Question>((_, q) => q.ReplyTo.TryReply(q.Value)) with
            {
                Mailbox = new()
                {
                    Weigh = static q => q.Value == 1 ? throw new InvalidDataException("too strange to weigh") : 1,
                    MaxWeight = 1,
                    Lane = static q => q.Value == 2 ? throw new InvalidDataException("of no lane") : MailboxLane.Normal,
                },
            },
            "a");
        await Assert.ThrowsAsync<InvalidDataException>(() => actor.AskAsync<int>(static _ => throw new InvalidDataException("not made"), TimeSpan.FromSeconds(5)));
        await Assert.ThrowsAsync<InvalidDataException>(() => Ask(actor, 1));
        await Assert.ThrowsAsync<InvalidDataException>(() => Ask(actor, 2));
        Assert.Equal(0, actor.Cell.PendingAsks);
        Assert.Empty(time.Pending);
        Assert.Equal(4, await Ask(actor, 4).WaitAsync(TestProbe.Patience));
    }

    private static Task<int> Ask(ActorRef<Question> actor, int value, CancellationToken cancellationToken = default)
        => actor.AskAsync<int>(replyTo => new Question(value, replyTo), TimeSpan.FromSeconds(5), cancellationToken);
}
