using System.Threading.Channels;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>A source that a test drives: it opens partitions and posts to them by hand, and ends when told or when the pipeline says so.</summary>
public sealed class TestSource : IRecordSource
{
    private readonly TaskCompletionSource<IRecordIntake> running = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "test";

    public IReadOnlyList<LogPartition> Halted { get; set; } = [];

    public async Task<IPartitionIntake> OpenAsync(int partition, long? startAt = 0, string logId = "log")
    {
        var intake = await running.Task.WaitAsync(Waiting.Limit);
        var opened = await intake.OpenAsync(new LogPartition("group", logId, "topic", partition), CancellationToken.None).WaitAsync(Waiting.Limit);
        if (startAt is { } start)
            opened.StartAt(opened.Lease.NextOffset ?? start);
        return opened;
    }

    public void Finish() => finished.TrySetResult();

    public async Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        running.TrySetResult(intake);
        var left = Channel.CreateBounded<bool>(1);
        await using var registration = leave.Register(() => left.Writer.TryWrite(true));
        await Task.WhenAny(finished.Task, left.Reader.ReadAsync(CancellationToken.None).AsTask());
    }
}
