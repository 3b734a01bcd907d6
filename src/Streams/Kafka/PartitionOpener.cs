using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>
/// What has to happen between assignment and the first record, off the rebalance handler and off the owner thread: name the log, take the
/// lease, find where to begin, and say what is lost.
/// </summary>
internal sealed class PartitionOpener(KafkaSourceOptions options, KafkaLogs logs, ILogAdoption? adoption, ILogger logger)
{
    /// <exception cref="LogChangedException">It is another log than the one the group has read, and may not be adopted.</exception>
    /// <param name="beyond">
    /// A position that the log has ended before. It is refused however long the log is by now: what has been written before it since then is new, and would be left out.
    /// </param>
    /// <exception cref="PositionBeyondLogException">The log ends before the stored position.</exception>
    public async Task<OpenedPartition> OpenAsync(TopicPartition partition, long? beyond, IRecordIntake intake, CancellationToken cancellationToken)
    {
        var logId = await AskAsync(() => logs.LogIdAsync(partition.Topic), "log id", partition, cancellationToken).ConfigureAwait(false);
        var log = new LogPartition(options.GroupId, logId, partition.Topic, partition.Partition.Value);
        var opened = await AcquireAsync(log, intake, cancellationToken).ConfigureAwait(false);
        try
        {
            var (low, high) = await AskAsync(() => logs.EndsAsync(partition), "watermarks", partition, cancellationToken).ConfigureAwait(false);
            var position = opened.Lease.NextOffset;
            if (position > high || (position is not null && position == beyond))
                throw new PositionBeyondLogException(log, position.Value, high);
            var start = Math.Max(position ?? low, low);
            opened.ReportEnd(high);
            opened.StartAt(start);
            return new OpenedPartition(opened, start, KafkaLogs.VersionRule(log));
        }
        catch
        {
            opened.Revoke();
            throw;
        }
    }

    /// <summary>What is in flight under the present lease is written before the log is looked at again: it may be gone from there.</summary>
    public async Task<OpenedPartition> ReopenAsync(
        TopicPartition partition, IPartitionIntake? present, long? beyond, IRecordIntake intake, CancellationToken cancellationToken)
    {
        if (present is not null)
        {
            await Task.WhenAny(present.DrainAsync(cancellationToken), present.Ended).ConfigureAwait(false);
            present.Revoke();
        }

        return await OpenAsync(partition, beyond, intake, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IPartitionIntake> AcquireAsync(LogPartition log, IRecordIntake intake, CancellationToken cancellationToken)
    {
        try
        {
            return await intake.OpenAsync(log, cancellationToken).ConfigureAwait(false);
        }
        catch (LogChangedException e) when (options.OnNewLog == OnNewLog.Adopt && adoption is not null)
        {
            KafkaLog.Adopting(logger, log.Topic, log.Partition, e.StoredLogId, log.LogId);
            await adoption.AdoptAsync(log, cancellationToken).ConfigureAwait(false);
        }

        return await intake.OpenAsync(log, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brokers come back; until then nothing can be read anyway.</summary>
    private async Task<T> AskAsync<T>(Func<Task<T>> ask, string what, TopicPartition partition, CancellationToken cancellationToken)
    {
        var wait = TimeSpan.FromMilliseconds(100);
        while (true)
        {
            try
            {
                return await ask().WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (KafkaException e) when (!e.Error.IsFatal)
            {
                KafkaLog.AskingFailed(logger, what, partition.Topic, partition.Partition.Value, e.Error.Reason);
            }

            await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            wait = wait < TimeSpan.FromSeconds(3) ? wait * 2 : wait;
        }
    }
}
