using System.Threading.Channels;
using System.Threading.Tasks.Sources;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>The pipeline as one source sees it: always full, so that each record waits until the test lets it go.</summary>
internal sealed class HandIntake(RecordingStore store) : IRecordIntake, IPartitionIntake
{
    private readonly Channel<Post> posted = Channel.CreateBounded<Post>(1);
    private readonly TaskCompletionSource<PartitionEnd> ended = new();

    public PartitionLease Lease { get; private set; } = null!;

    public long? NextOffset => null;

    public Task<PartitionEnd> Ended => ended.Task;

    /// <summary>The next record, once the source waits with it.</summary>
    public Task<Post> TakeAsync() => posted.Reader.ReadAsync().AsTask().WaitAsync(Waiting.Limit);

    public async Task<IPartitionIntake> OpenAsync(LogPartition partition, CancellationToken cancellationToken)
    {
        Lease = await store.AcquireAsync(partition, "test", cancellationToken);
        return this;
    }

    public Task<long> ReserveLocalVersionsAsync(int count, CancellationToken cancellationToken) => store.ReserveLocalVersionsAsync(count, cancellationToken);

    public void StartAt(long offset) => ArgumentOutOfRangeException.ThrowIfNegative(offset);

    public ValueTask PostAsync(SourceRecord record, CancellationToken cancellationToken) => new(new Post(record, posted.Writer), 0);

    public ValueTask SkipAsync(long firstOffset, long nextOffset, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void ReportEnd(long endOffset) => ArgumentOutOfRangeException.ThrowIfNegative(endOffset);

    public Task DrainAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Revoke() => ended.TrySetResult(PartitionEnd.Revoked);

    /// <summary>Told only when it is awaited, so that no test can let it go before the source has seen that it has to wait.</summary>
    internal sealed class Post(SourceRecord record, ChannelWriter<Post> awaited) : IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> core = new() { RunContinuationsAsynchronously = true };

        public SourceRecord Record => record;

        public void LetGo() => core.SetResult(true);

        public void GetResult(short token) => core.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            core.OnCompleted(continuation, state, token, flags);
            Assert.True(awaited.TryWrite(this));
        }
    }
}
