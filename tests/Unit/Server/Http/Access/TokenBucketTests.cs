using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Tests.Unit.Streams;

namespace UnifiedVlm.Tests.Unit.Server.Http.Access;

public sealed class TokenBucketTests
{
    private readonly ManualTime time = new();

    [Fact]
    public void A_minutes_worth_can_be_taken_at_once_and_comes_back_evenly()
    {
        var bucket = new TokenBucket(60, time);
        for (var i = 0; i < 60; i++)
            Assert.True(bucket.TryTake());
        Assert.False(bucket.TryTake());
        Assert.Equal(TimeSpan.FromSeconds(1), bucket.UntilOne);

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, bucket.Left);
        Assert.True(bucket.TryTake());
        Assert.True(bucket.TryTake());
        Assert.False(bucket.TryTake());

        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((60, true, TimeSpan.Zero), (bucket.Left, bucket.IsFull, bucket.UntilOne));
    }

    [Fact]
    public void A_debt_is_paid_before_anything_is_left()
    {
        var bucket = new TokenBucket(60, time);
        bucket.Charge(180);
        Assert.Equal((0, TimeSpan.FromSeconds(121)), (bucket.Left, bucket.UntilOne));
        time.Advance(TimeSpan.FromSeconds(120));
        Assert.False(bucket.TryTake());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(bucket.TryTake());
    }
}
