using UnifiedVlm.Server.Http;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What anybody may ask as often as he likes, the database is asked once a second.</summary>
public sealed class StoreProbeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ManualTimeProvider time = new();
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int questions;

    [Fact]
    public async Task All_who_ask_within_a_second_share_one_question()
    {
        var probe = Probe(() => answer.Task);
        var asking = Enumerable.Range(0, 100).Select(_ => probe.AnswersAsync(CancellationToken.None)).ToArray();
        answer.SetResult();
        Assert.All(await Task.WhenAll(asking).WaitAsync(Patience), static answers => Assert.True(answers));
        Assert.True(await probe.AnswersAsync(CancellationToken.None));
        Assert.Equal(1, questions);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await probe.AnswersAsync(CancellationToken.None));
        Assert.Equal(2, questions);
    }

    [Fact]
    public async Task A_question_that_fails_is_a_no_and_is_asked_again()
    {
        var isAway = true;
        var probe = Probe(() => isAway ? Task.FromException(new IOException("10.0.0.7:5432 refuses")) : Task.CompletedTask);
        Assert.False(await probe.AnswersAsync(CancellationToken.None));
        isAway = false;
        Assert.False(await probe.AnswersAsync(CancellationToken.None));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await probe.AnswersAsync(CancellationToken.None));
    }

    [Fact]
    public async Task For_a_silent_database_nobody_waits_long_and_no_more_questions_are_piled_up()
    {
        var probe = Probe(() => answer.Task);
        for (var i = 0; i < 3; i++)
        {
            var asking = probe.AnswersAsync(CancellationToken.None);
            await asked.Task.WaitAsync(Patience);
            Assert.False(asking.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(4));
            Assert.False(await asking.WaitAsync(Patience));
        }

        Assert.Equal(1, questions);
    }

    [Fact]
    public async Task Who_leaves_does_not_take_the_answer_from_the_others()
    {
        var probe = Probe(() => answer.Task);
        using var leaving = new CancellationTokenSource();
        var first = probe.AnswersAsync(leaving.Token);
        var second = probe.AnswersAsync(CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult();
        Assert.True(await second.WaitAsync(Patience));
    }

    private StoreProbe Probe(Func<Task> ask) => new(
        _ =>
        {
            Interlocked.Increment(ref questions);
            asked.TrySetResult();
            return ask();
        },
        time);
}
