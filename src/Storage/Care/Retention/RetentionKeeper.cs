using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>
/// Removes in the background what is older than it is to be kept. Every serving node has one; the database says whose turn it is. Nothing that goes wrong with it
/// ends anything: it is tried again at the next look.
/// </summary>
public sealed partial class RetentionKeeper : IAsyncDisposable
{
    private readonly BackgroundWork _work;

    internal RetentionKeeper(DataSources sources, StoreOptions store, RetentionOptions options, ILogger<RetentionKeeper> logger)
    {
        Options = options;
        // Where all nodes begin at once after a long time, or the database or this machine was away, a publisher is given until the next look to come: this one would find nobody.
        var hesitant = options with { UnpublishedEvents = null };
        var seen = 0L;
        _work = new BackgroundWork(
            "removal of what is old",
            async token =>
            {
                var begin = Stopwatch.GetTimestamp();
                var isLate = seen == 0 || Stopwatch.GetElapsedTime(seen, begin) > 2 * options.CheckInterval;
                seen = 0; // A look that fails does not count.
                await ApplyAsync(sources, store, isLate ? hesitant : options, logger, token).ConfigureAwait(false);
                seen = begin;
            },
            options.CheckInterval, logger);
    }

    public RetentionOptions Options { get; }

    public ValueTask DisposeAsync() => _work.DisposeAsync();

    /// <summary>One look at every rule.</summary>
    /// <returns>Rows removed.</returns>
    internal static async Task<long> ApplyAsync(DataSources sources, StoreOptions store, RetentionOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var total = 0L;
        foreach (var rule in Enum.GetValues<RetentionRule>())
        {
            if (options.Keep(rule) is not { } keep)
                continue;
            var removed = await new RetentionPass(sources, store, options, rule, keep).RunAsync(cancellationToken).ConfigureAwait(false) ?? 0;
            if (removed > 0 && rule == RetentionRule.UnpublishedEvents && await HadPublisherAsync(sources, cancellationToken).ConfigureAwait(false))
                LogDropped(logger, removed, keep);
            else if (removed > 0)
                LogRemoved(logger, removed, rule, keep);
            total += removed;
        }
        return total;
    }

    private static async Task<bool> HadPublisherAsync(DataSources sources, CancellationToken cancellationToken)
    {
        await using var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(RetentionSql.HadPublisher, connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    [LoggerMessage(3720, LogLevel.Information, "Removed {Count} rows under the rule {Rule}: they are kept for {Keep}")]
    private static partial void LogRemoved(ILogger logger, long count, RetentionRule rule, TimeSpan keep);

    [LoggerMessage(3721, LogLevel.Warning,
        "Removed {Count} events that were never published: they are kept for {Keep}, and for as long no node has published (--events-topic). Consumers have a gap; the event events.dropped tells them")]
    private static partial void LogDropped(ILogger logger, long count, TimeSpan keep);
}
