using System.Data.Common;
using System.Text;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>Which failure leads to what, stage by stage. The first rule that matches wins; no stage decides for itself.</summary>
internal static class FailurePolicy
{
    private static readonly Rule[] Rules =
    [
        new(null, static e => e is OutOfMemoryException or InvalidProgramException or DllNotFoundException or TypeInitializationException, FailureDirective.StopNode),

        new(PipelineStage.Decode, static _ => true, FailureDirective.DeadLetter),
        new(PipelineStage.Fetch, static e => e is DocumentRejectedException, FailureDirective.DeadLetter),
        new(PipelineStage.Prepare, static _ => true, FailureDirective.DeadLetter),

        new(PipelineStage.Encode, static e => e is DocumentRejectedException or DeviceFailedException, FailureDirective.DeadLetter),
        new(PipelineStage.Encode, static e => e is DeviceBusyException, FailureDirective.Retry),
        new(PipelineStage.Encode, static _ => true, FailureDirective.RetryThenStop),

        new(null, static e => e is FencedException, FailureDirective.DropPartition),
        new(PipelineStage.Write, static e => e is EmbeddingMissingException, FailureDirective.Encode),
        new(null, IsPassing, FailureDirective.Retry),
        new(PipelineStage.Write, IsDataFault, FailureDirective.Bisect),
        // Whatever a host makes of one picture is no reason to stop; what the database refuses is none to give documents up.
        new(PipelineStage.Fetch, static e => !Chain(e).Any(static inner => inner is DbException), FailureDirective.DeadLetter),
        new(null, static _ => true, FailureDirective.StopNode),
    ];

    public static FailureDirective Decide(PipelineStage stage, Exception failure) =>
        Rules.First(rule => (rule.Stage is null || rule.Stage == stage) && rule.Matches(failure)).Directive;

    /// <summary>A connection that broke, a server that restarts, a deadlock, a primary that has become a standby.</summary>
    private static bool IsPassing(Exception failure) =>
        Chain(failure).Any(static e => e is DbException { IsTransient: true } || TransientErrors.IsTransient(e));

    /// <summary>SQLSTATE classes of faults that lie in the data: 22 data exception, 23 integrity, 54 program limit (an index row too large).</summary>
    private static bool IsDataFault(Exception failure) => failure is DocumentRejectedException
        || Chain(failure).Any(static e => e is EncoderFallbackException)
        || Chain(failure).Any(static e => e is DbException { SqlState: { Length: 5 } state } && state[..2] is "22" or "23" or "54");

    private static IEnumerable<Exception> Chain(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
            yield return e;
    }

    private sealed record Rule(PipelineStage? Stage, Func<Exception, bool> Matches, FailureDirective Directive);
}
