using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

/// <summary>A pipeline that is told to stop ends, whatever does not come back, and says what that was.</summary>
public sealed class PipelineStopTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_source_that_does_not_come_back_is_named_and_left_behind()
    {
        var log = new ListLogger();
        var time = new ManualTimeProvider();
        var options = PipelineHarness.Options with { StopWarning = Moment, StopTimeout = Moment * 3 };
        await using var harness = PipelineHarness.Start(options, sources: [new HangingSource()], logger: log, time: time);

        var stopping = harness.StopAsync();
        for (var waited = TimeSpan.Zero; waited < options.StopTimeout; waited += Moment)
        {
            // The watch over the device has a timer too.
            await time.WhenPendingAsync(2);
            time.Advance(Moment);
        }

        // The stages, which come to their ends, have all the time they need.
        await stopping;

        Assert.Contains(log.Lines, static line => line.StartsWith("4018 ", StringComparison.Ordinal) && line.Contains("hanging asks itself", StringComparison.Ordinal));
        Assert.Equal(1, harness.Pipeline.Running);

        // Waited for once, and neither with the stages nor when the pipeline goes.
        await harness.Pipeline.DisposeAsync();
        Assert.Contains("hanging asks itself", Assert.Single(log.Lines, static line => line.StartsWith("4019 ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_does_not_come_back_is_named_and_left_behind()
    {
        var log = new ListLogger();
        using var answer = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new RecordingStore
        {
            // Waits on its thread: neither cancellation nor anything else reaches it.
            BeforeWrite = (_, _) =>
            {
                begun.TrySetResult();
                answer.Wait();
                return Task.CompletedTask;
            },
        };
        var options = PipelineHarness.Options with { DrainTimeout = Moment, StopWarning = Moment, StopTimeout = Moment * 3 };
        await using var harness = PipelineHarness.Start(options, store, logger: log);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("x")), CancellationToken.None);
        await begun.Task.WaitAsync(Waiting.Limit);

        await harness.StopAsync();

        Assert.Contains(log.Lines, static line => line.StartsWith("4019 ", StringComparison.Ordinal)
            && line.Contains("writer", StringComparison.Ordinal) && line.Contains("transactions 1 of", StringComparison.Ordinal));
        answer.Set();
        await Waiting.UntilAsync(() => harness.Pipeline.Running == 0, "what was left behind ends by itself when it can");
    }

    [Fact]
    public async Task A_stop_that_comes_to_its_end_says_nothing()
    {
        var log = new ListLogger();
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { StopWarning = Waiting.Limit, StopTimeout = Waiting.Limit }, logger: log);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("x")), CancellationToken.None);

        await harness.StopAsync();

        Assert.Single(harness.Store.Outcomes);
        Assert.Equal(0, harness.Pipeline.Running);
        Assert.DoesNotContain(log.Lines, static line => line.StartsWith("4018 ", StringComparison.Ordinal) || line.StartsWith("4019 ", StringComparison.Ordinal));
    }

    private sealed class HangingSource : IRecordSource
    {
        public string Name => "hanging";

        public string? Doing => "asks itself what it is doing";

        public Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave) => new TaskCompletionSource().Task;
    }
}
