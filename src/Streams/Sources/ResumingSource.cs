using Microsoft.Extensions.Logging;
using UnifiedVlm.Streams.Sources.Folders;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>A local source inside a node that goes on without it: where another program has taken its log over, it is begun anew after a while.</summary>
public sealed class ResumingSource(LocalSource source, TimeSpan delay, ILogger logger, TimeProvider? time = null) : IRecordSource
{
    private readonly TimeProvider time = time ?? TimeProvider.System;

    public string Name => source.Name;

    public IReadOnlyList<QueueStatus> Queues => source.Queues;

    /// <inheritdoc />
    public async Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        while (true)
        {
            try
            {
                await source.RunAsync(intake, stopReading, leave).ConfigureAwait(false);
                return;
            }
            catch (SourceTakenException)
            {
                FolderLog.TakenOver(logger, Name, delay);
            }

            await Task.Delay(delay, time, stopReading).ConfigureAwait(false);
        }
    }
}
