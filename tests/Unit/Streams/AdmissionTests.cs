using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class AdmissionTests
{
    private readonly Budget records = new("records", 2);
    private readonly Budget bytes = new("bytes", 100);

    [Fact]
    public void It_takes_all_or_nothing()
    {
        var admission = new Admission([records], [bytes]);
        Assert.True(admission.TryAcquire(90));
        Assert.False(admission.TryAcquire(20));
        Assert.Equal((1, 90), (records.InUse, bytes.InUse));
        admission.Release(90);
        Assert.Equal((0, 0), (records.InUse, bytes.InUse));
    }

    [Fact]
    public async Task Cancellation_returns_what_was_taken_on_the_way()
    {
        var admission = new Admission([records], [bytes]);
        bytes.Charge(100);
        using var cancellation = new CancellationTokenSource();
        var waiting = admission.AcquireAsync(1, cancellation.Token);
        Assert.Equal(1, records.InUse);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Waiting.Limit));
        Assert.Equal((0, 100), (records.InUse, bytes.InUse));
    }
}
