using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class WorkingTimeLimitTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private readonly ManualTimeProvider time = new();

    [Fact]
    public void It_is_over_when_its_time_has_passed_and_standing_still_takes_no_more_than_an_eighth()
    {
        using var limit = new WorkingTimeLimit(Limit, time);
        time.Jump(100 * Limit);
        time.Advance(Limit * 6 / 8);
        Assert.False(limit.Over.IsCancellationRequested);
        time.Advance(Limit / 8);
        Assert.True(limit.Over.IsCancellationRequested);
    }

    [Fact]
    public async Task One_of_less_than_a_timer_knows_is_over_too()
    {
        using var limit = new WorkingTimeLimit(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        await Waiting.UntilAsync(() => limit.Over.IsCancellationRequested, "it is over");
    }
}
