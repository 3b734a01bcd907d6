using System.Globalization;
using UnifiedVlm.Server.Indexing;
using UnifiedVlm.Storage.Generations.Filling;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary>Says on standard error how far the filling of an index is: done, of how many, how fast, and what that leaves; on a terminal one line written over, elsewhere a line now and then.</summary>
internal sealed class FillReport : IAsyncDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);

    private readonly ProgressLine line = new();
    private readonly CancellationTokenSource stop;
    private readonly Task reporting;

    private FillReport(int generation, GenerationFiller filler, IndexFill fill, FillProgress begun, CancellationToken cancellationToken)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        line.Begin($"generation {generation}");
        reporting = ReportAsync(filler, fill, begun, stop.Token);
    }

    public static async Task<FillReport> StartAsync(int generation, GenerationFiller filler, IndexFill fill, CancellationToken cancellationToken)
        => new(generation, filler, fill, await filler.ReadProgressAsync(cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await reporting;
        line.Clear();
        stop.Dispose();
    }

    /// <param name="begun">What was there before: a second run does the rest.</param>
    private async Task ReportAsync(GenerationFiller filler, IndexFill fill, FillProgress begun, CancellationToken cancellationToken)
    {
        var (began, counted, of) = (TimeProvider.System.GetTimestamp(), TimeProvider.System.GetTimestamp(), begun.Of);
        using var timer = new PeriodicTimer(line.IsTerminal ? Often : Seldom);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                // Documents come and go meanwhile; counting them is not free.
                if (TimeProvider.System.GetElapsedTime(counted) > Seldom)
                    (of, counted) = ((await filler.ReadProgressAsync(cancellationToken)).Of, TimeProvider.System.GetTimestamp());
                line.Show(Text(begun.Documents, fill.Written, of, TimeProvider.System.GetElapsedTime(began)));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It has ended.
        }
    }

    internal static string Text(long before, long written, long of, TimeSpan elapsed)
    {
        var (done, rate) = (before + written, written / Math.Max(elapsed.TotalSeconds, 1e-3));
        var left = rate > 0 ? TimeSpan.FromSeconds(Math.Min(Math.Max(0, of - done) / rate, TimeSpan.FromDays(999).TotalSeconds)) : (TimeSpan?)null;
        return string.Create(CultureInfo.InvariantCulture, $"{done} of {of} documents, {rate:0.0} a second{(left is { } time ? $", {Shown(time)} left" : "")}");
    }

    private static string Shown(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMinutes):0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h"),
    };
}
