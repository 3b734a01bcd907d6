using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>
/// Reads topics as a member of a consumer group. Positions live in the store; Kafka only assigns partitions. ONE thread owns the consumer and
/// never stops polling: whatever takes time happens elsewhere and is picked up between two polls.
/// </summary>
/// <remarks>
/// KafkaSource.Owner.cs: the thread. KafkaSource.Rebalance.cs: assignment and revocation. KafkaSource.Partitions.cs: from assignment to reading.
/// </remarks>
public sealed partial class KafkaSource : IRecordSource
{
    private readonly KafkaSourceOptions options;
    private readonly ILogAdoption? adoption;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly Dictionary<TopicPartition, AssignedPartition> partitions = [];
    private readonly PrefetchMeter prefetch;
    private volatile string? doing;
    private volatile IReadOnlyList<LogPartition> halted = [];
    private int signals;

    /// <param name="options">What to read and how.</param>
    /// <param name="logger">Events 4100 to 4149.</param>
    /// <param name="adoption">Needed for <see cref="OnNewLog.Adopt"/>.</param>
    /// <param name="time">The system's clock unless a test brings its own.</param>
    public KafkaSource(KafkaSourceOptions options, ILogger logger, ILogAdoption? adoption = null, TimeProvider? time = null)
    {
        if (options.OnNewLog == OnNewLog.Adopt && adoption is null)
            throw new ArgumentException("Adopting a new log needs the store's ILogAdoption.", nameof(adoption));
        NativeKafka.EnsureMapped();
        this.options = options;
        prefetch = new PrefetchMeter(options.PrefetchKilobytes * 1024L);
        this.logger = logger;
        this.adoption = adoption;
        this.time = time ?? TimeProvider.System;
    }

    /// <summary>What stands between the owner thread and its consumer in tests.</summary>
    internal Func<IConsumer<byte[], byte[]>, IConsumer<byte[], byte[]>> Through { get; init; } = static consumer => consumer;

    /// <summary>What stands between the brokers' answers and a source that has asked for an end in tests.</summary>
    internal Func<Task<long>, Task<long>> EndsThrough { get; init; } = static end => end;

    public string Name => $"kafka {string.Join(',', options.Topics)}";

    /// <inheritdoc />
    public IReadOnlyList<LogPartition> Halted => halted;

    public IReadOnlyList<QueueStatus> Queues => [prefetch.Status];

    /// <inheritdoc />
    public string? Doing
    {
        get => doing;
        private set => doing = value;
    }

    /// <inheritdoc />
    public async Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        var closing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var owner = new Thread(() =>
        {
            try
            {
                Own(intake, closing, stopReading, leave);
                ended.SetResult();
            }
            catch (Exception e)
            {
                closing.TrySetException(e);
                ended.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = Name,
        };
        owner.Start();
        await closing.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await ended.Task.WaitAsync(options.CloseTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (ended.Task.IsCompleted)
            {
                await ended.Task.ConfigureAwait(false);
                return;
            }

            KafkaLog.CloseTimedOut(logger, Name, Doing, options.CloseTimeout);
            _ = ended.Task.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            // What made it close, if it failed.
            await closing.Task.ConfigureAwait(false);
        }
    }
}
