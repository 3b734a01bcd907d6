using System.Diagnostics;

namespace UnifiedVlm.Actors.Telemetry;

/// <summary>
/// Spans that no flow of control owns: begun on one thread and ended on another, or about several callers' work at once. They never become
/// <see cref="Activity.Current"/>, which on a thread that serves many would give one caller's spans to the next. Without a listener nothing is made.
/// </summary>
public static class SpanExtensions
{
    /// <param name="parent">Default: a trace of its own.</param>
    /// <returns>Null: nobody listens, or the trace is not sampled.</returns>
    public static Activity? StartDetached(
        this ActivitySource source, string name, ActivityKind kind, ActivityContext parent, IEnumerable<ActivityLink>? links = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.HasListeners())
            return null;
        var current = Activity.Current;
        // Otherwise a span without a parent would take the current one.
        Activity.Current = null;
        var span = source.StartActivity(name, kind, parent, links: links);
        Activity.Current = current;
        return span;
    }

    /// <summary>Work on several callers' behalf: a child of the first one that is traced, with links to the others.</summary>
    /// <param name="callers">Default where nobody traces.</param>
    /// <returns>Null: none of them is sampled.</returns>
    public static Activity? StartShared(this ActivitySource source, string name, ActivityKind kind, IEnumerable<ActivityContext> callers)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(callers);
        if (!source.HasListeners())
            return null;
        ActivityContext[] sampled = [.. callers.Where(static c => c.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))];
        return sampled.Length == 0 ? null : source.StartDetached(name, kind, sampled[0], sampled.Skip(1).Select(static c => new ActivityLink(c)));
    }

    /// <summary>Ends it on whatever thread.</summary>
    /// <param name="failure">What it failed with; null where it did not.</param>
    public static void EndDetached(this Activity span, Exception? failure = null)
    {
        ArgumentNullException.ThrowIfNull(span);
        if (failure is not null)
            span.Fail(failure);
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    /// <summary>Marks a span as failed. Its message is one line and no stack: logs have that.</summary>
    public static void Fail(this Activity span, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(span);
        ArgumentNullException.ThrowIfNull(failure);
        span.SetTag("error.type", failure.GetType().FullName);
        span.SetStatus(ActivityStatusCode.Error, failure.Message);
    }
}
